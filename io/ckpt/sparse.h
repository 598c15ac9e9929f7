/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was made in memory, with holes in it, and its place on disk. */
#ifndef MPIBERT_IO_CKPT_SPARSE_H
#define MPIBERT_IO_CKPT_SPARSE_H

#include "src/base/err.h"

/* Local.  Copies what is not a hole of the open file `memory` to the empty file `path`
 * and reserves the space of the rest.  0, or -1 (74) with the file in any state. */
int sparse_save(int memory, const char *path, struct err *err);

#endif
