/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that processes of a host share: a file in memory (/dev/shm), which has a name
 * only until all have opened it, so that nothing stays of it when they are killed. */
#ifndef MPIBERT_BASE_SHARED_H
#define MPIBERT_BASE_SHARED_H

#include <stddef.h>

struct shared {
    int file;
    char *at; /* begins on a large page (pages.h) */
    size_t bytes;
};

/* Where an int is returned it is 0, or what errno would be. */

/* A new one, of zeros that are not there before they are filled.  Its name begins with
 * "mpibert." and the host's, and is to be given to shared_open in other processes, and
 * then to shared_forget. */
enum { SHARED_NAME = 256 };
int shared_create(struct shared *shared, size_t bytes, char name[SHARED_NAME]);
int shared_open(struct shared *shared, size_t bytes, const char *name);
void shared_forget(const char *name);

/* Makes `bytes` from `offset` on, a multiple of a large page, be there: near this core,
 * in large pages as far as the system gives them (Linux 6.1 and later does whatever its
 * settings are: MADV_COLLAPSE of madvise(2)); the last one is used to its end.  What
 * was there stays.  ENOSPC: there is no room. */
int shared_fill(const struct shared *shared, size_t offset, size_t bytes);
/* Of what was filled, how many bytes lie in large pages; 0 where the system does not
 * tell. */
size_t shared_large(const struct shared *shared, size_t offset, size_t bytes);

/* For this process; accepts what could not be created or opened. */
void shared_close(struct shared *shared);

#endif
