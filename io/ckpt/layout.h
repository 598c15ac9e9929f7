/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint as it will lie in its file, all but the tensors' numbers: made in memory
 * by one rank, with holes where the numbers go, and the places of these holes. */
#ifndef MPIBERT_IO_CKPT_LAYOUT_H
#define MPIBERT_IO_CKPT_LAYOUT_H

#include "io/ckpt/contents.h"
#include "io/ckpt/slices.h"

/* Local.  The layout as a file in memory, for messages called `path`: a descriptor, or
 * -1 (74).  places[slices_count] gets where each tensor begins. */
int layout_make(const char *path, const struct slices *slices,
                struct ckpt_header *header, const struct contents *contents,
                uint64_t *places, struct err *err);

#endif
