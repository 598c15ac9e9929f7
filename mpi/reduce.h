/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of gradients over ranks, bucket by bucket, while backward goes on.
 *
 * The sum of a bucket is nobody's as a whole: each rank gets its slice of it
 * (shards.h), moves its slice of the weights, and hands that to all (gather.h).
 *
 * Sums are taken in a tree that only the number of ranks and their nodes decide
 * (sum.h), not what arrives first; on nodes of 2^j consecutive ranks it is the tree of
 * all ranks. */
#ifndef MPIBERT_MPI_REDUCE_H
#define MPIBERT_MPI_REDUCE_H

#include "mpi/reducer.h"
#include "src/core/params.h"

/* Local.  The span is final on this rank: it may leave.  Spans come from the end of the
 * block to its beginning without gaps; nobody touches them until reduce_end. */
void reduce_begin(struct reducer *reducer, struct span span);
/* Local.  Moves on what is under way, gradients or weights, without waiting.  Cheap
 * enough to be called every few microseconds: next to nothing when nothing is. */
void reduce_poll(struct reducer *reducer);
/* Collective.  Until this rank's shard of the gradients is the sum over all ranks; the
 * rest of the block is nobody's. */
void reduce_end(struct reducer *reducer);

#endif
