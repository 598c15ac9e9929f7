/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was made in memory, with holes in it, and its place on disk. */
#ifndef MPIBERT_IO_CKPT_SPARSE_H
#define MPIBERT_IO_CKPT_SPARSE_H

#include "src/base/err.h"

/* Local.  Makes the file `path`, where none may be, as long as the open file `memory`,
 * and reserves its space.  0, or -1 (74) with nothing left. */
int sparse_reserve(int memory, const char *path, struct err *err);
/* Local.  Copies what is not a hole of `memory` to that file.  0, or -1 (74) with the
 * file in any state. */
int sparse_save(int memory, const char *path, struct err *err);
/* Local.  Whether the file has the same bytes there: 0, or -1 (74). */
int sparse_verify(int memory, const char *path, struct err *err);

#endif
