/* SPDX-License-Identifier: Apache-2.0 */
/* Which numbers of a checkpoint each rank hashes and writes.  The numbers of all groups
 * are thought of as one flat run: all weights, then each moment.  A rank has the chunks
 * (CONTENTS_CHUNK_BYTES of a tensor) that begin in its share of that run: shares differ
 * by a chunk at most, no chunk has two owners, and shares follow each other. */
#ifndef MPIBERT_IO_CKPT_SLICES_H
#define MPIBERT_IO_CKPT_SLICES_H

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"

enum { SLICES_CHUNK = CONTENTS_CHUNK_BYTES / sizeof(float) }; /* elements */

struct slices {
    const struct ckpt_groups
        *groups; /* borrowed; of the blocks only the tables count */
    int ranks;
    size_t starts[CKPT_BLOCKS + 1]; /* of each group in the flat run, and its end */
};

/* One tensor of one group. */
struct slices_item {
    char name[CONTENTS_NAME_SIZE]; /* "/params/…" */
    const struct tensor *tensor;
    const struct ckpt_group *group;
    size_t first_chunk; /* of all chunks of the checkpoint */
};

void slices_plan(struct slices *slices, const struct ckpt_groups *groups, int ranks);
/* Tensors of all groups. */
int slices_count(const struct slices *slices);
/* Goes over them: begin with a zeroed item and stop at false. */
bool slices_next(const struct slices *slices, struct slices_item *item);
/* What a rank has of a tensor. */
struct span slices_of(const struct slices *slices, const struct slices_item *item,
                      int rank);
/* Chunks of all of them together. */
size_t slices_chunks(const struct slices *slices);
/* The elements of a group's block that a rank has. */
struct span slices_share(const struct slices *slices, int group, int rank);
/* Whose slices a rank reads back, where ranks of the same host have the same number:
 * each rank's are read by one, and by one of another host wherever no host has more
 * than half of the ranks. */
int slices_other(const uint64_t *hosts, int ranks, int rank);

#endif
