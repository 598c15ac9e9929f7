/* SPDX-License-Identifier: Apache-2.0 */
/* A file past the system's cache: what is long, and is not read again soon, goes
 * between memory and disk without the system's copies of it, and without the lock of a
 * file's cache, for which all who write to one file wait.  Whole pages go past the
 * cache, the end of a piece through it; all of it where a file system has no other
 * way. */
#ifndef MPIBERT_BASE_DIRECT_H
#define MPIBERT_BASE_DIRECT_H

#include <stddef.h>
#include <stdint.h>

enum { DIRECT_PAGE = 4096, DIRECT_PIECE = 1 << 20 };

/* One file, opened twice, and room for a piece. */
struct direct {
    int cached, past;  /* past: -1, if there is no such way */
    char *room, *page; /* owned; the first page in it */
};

/* flags: O_RDONLY or O_WRONLY.  0, or -1 with errno and nothing to close. */
int direct_open(struct direct *file, const char *path, int flags);
/* 0, or -1 with errno; closed in any case. */
int direct_close(struct direct *file);
/* All of it, to a place that is a multiple of DIRECT_PAGE.  Nobody else has to do with
 * its pages meanwhile.  0, or -1 with errno. */
int direct_write(struct direct *file, const void *bytes, size_t size, int64_t place);
/* At most DIRECT_PIECE bytes from such a place: borrowed until the next call, or NULL
 * with errno (EIO: the file ends before). */
const void *direct_read(struct direct *file, size_t size, int64_t place);
/* What was written is on the disk when this is 0; -1 with errno. */
int direct_sync(const struct direct *file);

#endif
