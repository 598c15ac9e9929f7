/* SPDX-License-Identifier: Apache-2.0 */
/* One program at a time in a folder.  The lock is the system's on a file in it: it ends
 * with the process, however that ends, so nothing is ever stale.  The file says who
 * holds it: host, job of the scheduler, process.  Where the file system knows no locks,
 * what it says is all there is: it counts until that process is known to be no more. */
#ifndef MPIBERT_BASE_LOCK_H
#define MPIBERT_BASE_LOCK_H

#include "src/base/err.h"
#include "src/base/str.h"

#define LOCK_NAME ".lock"

/* Zero it to begin. */
struct lock {
    int held; /* whether */
    int fd;
    struct str path; /* owned */
};

/* Takes the folder's lock; 78 when another process has it, or may have it on a file
 * system that knows no locks, naming that one. */
int lock_take(const char *folder, struct lock *lock, struct err *err);
/* Gives it back, and removes the file.  Accepts one that is not held. */
void lock_release(struct lock *lock);

#endif
