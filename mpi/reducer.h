/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of both blocks, and what is under way between ranks: a rank's gradients,
 * which others of its node read, and the weights, which are there once a node.
 * Gradients are summed by reduce.h, weights come back by gather.h. */
#ifndef MPIBERT_MPI_REDUCER_H
#define MPIBERT_MPI_REDUCER_H

#include <stdbool.h>

#include "mpi/comm.h"
#include "mpi/shards.h"

struct reducer; /* opaque */

struct reducer_options {
    size_t total;   /* elements of either block */
    bool blocking;  /* the plain way: one MPI_Allreduce after the backward pass */
    bool narrow;    /* gradients travel between nodes as brain floats */
    int node_ranks; /* > 0: as if a node had at most so many (tests) */
    size_t bucket;  /* > 0: elements of a bucket (tests) */
    struct span_list whole; /* what must have one owner; borrowed while one is made */
};

/* Collective.  Borrows comm until reducer_destroy; both blocks are zero. */
struct reducer *reducer_create(struct comm *comm,
                               const struct reducer_options *options);
/* The rank's own gradients, to be written between reduce_end and the next reduce_begin,
 * but not before all ranks have ended: some collective must lie between. */
float *reducer_gradients(struct reducer *reducer);
/* The node's weights.  To fill them, all ranks write the same and meet in a collective
 * before they read; later each writes its shard alone, between reduce_end and
 * gather_begin, and all wait before they read again. */
float *reducer_weights(struct reducer *reducer);
const struct shards *reducer_shards(const struct reducer *reducer);
/* Memory of this rank, with its part of what the node shares. */
size_t reducer_bytes(const struct reducer *reducer);
/* Collective.  The same before there is one. */
size_t reducer_measure(struct comm *comm, const struct reducer_options *options);
/* Seconds this rank spent in reduce.h and gather.h since the last call of this. */
double reducer_seconds(struct reducer *reducer);
/* Collective.  After gather_end, and outside a reduction. */
void reducer_destroy(struct reducer *reducer);

#endif
