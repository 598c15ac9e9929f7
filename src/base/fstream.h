/* SPDX-License-Identifier: Apache-2.0 */
/* stdio for files that are read or written in small pieces, over the table of file
 * operations (fs.h). */
#ifndef MPIBERT_BASE_FSTREAM_H
#define MPIBERT_BASE_FSTREAM_H

#include <stdio.h>

/* fopen with the flags of open; NULL with errno.  *fd, unless NULL, gets what to sync
 * or to cut by; it is closed with the stream.  fileno knows nothing of it. */
FILE *fstream_open(const char *path, int flags, int *fd);
/* A stream for an open descriptor, which it owns from here on; closed if that fails. */
FILE *fstream_of(int fd, int flags);

#endif
