/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of gradients over ranks, bucket by bucket, while backward goes on.
 *
 * The sum of a bucket is nobody's as a whole: each rank gets its slice of it (shards.h), moves
 * its slice of the weights, and hands that to all (gather.h).  So the reducer has the memory of
 * both blocks: a rank's gradients, which others of its node read, and the weights, which are
 * there once a node.
 *
 * Sums are taken in a tree that only the number of ranks and their nodes decide (sum.h), not
 * what arrives first; on nodes of 2^j consecutive ranks it is the tree of all ranks. */
#ifndef MPIBERT_MPI_REDUCE_H
#define MPIBERT_MPI_REDUCE_H

#include <stdbool.h>

#include "mpi/comm.h"
#include "mpi/shards.h"
#include "src/core/params.h"

struct reducer; /* opaque */

struct reducer_options {
    size_t total;   /* elements of either block */
    bool blocking;  /* the plain way: one MPI_Allreduce behind the backward pass */
    bool narrow;    /* gradients travel between nodes as brain floats */
    int node_ranks; /* > 0: as if a node had at most so many (tests) */
    size_t bucket;  /* > 0: elements of a bucket (tests) */
};

/* Collective.  Borrows comm until reducer_destroy; both blocks are zero. */
struct reducer *reducer_create(struct comm *comm, const struct reducer_options *options);
/* The rank's own gradients, to be written between reduce_end and the next reduce_begin, but
 * not before all ranks have ended: some collective must lie between. */
float *reducer_gradients(struct reducer *reducer);
/* The node's weights.  To fill them, all ranks write the same and meet in a collective before
 * they read; later each writes its shard alone, between reduce_end and gather_begin, and all
 * wait before they read again. */
float *reducer_weights(struct reducer *reducer);
const struct shards *reducer_shards(const struct reducer *reducer);
/* Memory of this rank, with its part of what the node shares. */
size_t reducer_bytes(const struct reducer *reducer);
/* Collective.  The same before there is one. */
size_t reducer_measure(struct comm *comm, const struct reducer_options *options);

/* Local.  The span is final on this rank: it may leave.  Spans come from the end of the block
 * to its beginning without gaps; nobody touches them until reduce_end. */
void reduce_begin(struct reducer *reducer, struct span span);
/* Local.  Moves on what is under way, gradients or weights, without waiting.  Cheap enough to be called every few
 * microseconds: next to nothing when nothing is. */
void reduce_poll(struct reducer *reducer);
/* Collective.  Until this rank's shard of the gradients is the sum over all ranks; the rest of
 * the block is nobody's. */
void reduce_end(struct reducer *reducer);
/* Seconds this rank spent here and in gather.h since the last call of this. */
double reduce_seconds(struct reducer *reducer);
/* Collective. */
void reducer_destroy(struct reducer *reducer);

#endif
