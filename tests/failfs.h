/* SPDX-License-Identifier: Apache-2.0 */
/* Files that fail when a test says so: the n-th call of one file operation (fs.h) gives
 * an error, or does less than it was asked for.  All threads count together. */
#ifndef MPIBERT_TESTS_FAILFS_H
#define MPIBERT_TESTS_FAILFS_H

#include <stdbool.h>

enum failfs_op {
    FAILFS_OPEN,
    FAILFS_TEMPORARY,
    FAILFS_CLOSE,
    FAILFS_READ,
    FAILFS_WRITE,
    FAILFS_PREAD,
    FAILFS_PWRITE,
    FAILFS_LSEEK,
    FAILFS_FTRUNCATE,
    FAILFS_FALLOCATE,
    FAILFS_FSYNC,
    FAILFS_LOCK,
    FAILFS_RENAME,
    FAILFS_UNLINK,
    FAILFS_MKDIR,
    FAILFS_RMDIR,
    FAILFS_ACCESS,
    FAILFS_STAT,
    FAILFS_LSTAT,
    FAILFS_FSTAT,
    FAILFS_FSTATVFS,
    FAILFS_OPENDIR,
    FAILFS_READDIR,
    FAILFS_OPS
};

enum {
    FAILFS_SHORT = -1, /* less is done */
    FAILFS_LIE = -2,   /* pwrite: something else is written */
    FAILFS_FOR_EVER = 1 << 30
};

extern const char *const failfs_names[FAILFS_OPS];

/* From now on calls nth (from 1) to nth + times - 1 of an operation fail with an errno,
 * or do what the number means.  A close that fails has closed. */
void failfs_arm(enum failfs_op op, int nth, int times, int error);
/* Back to the system's files; how many calls there were. */
int failfs_disarm(void);
/* Whether an operation can do less than it was asked for. */
bool failfs_can_be_short(enum failfs_op op);

#endif
