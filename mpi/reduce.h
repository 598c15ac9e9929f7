/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of gradients over ranks, span by span, as backward finishes them. */
#ifndef MPIBERT_MPI_REDUCE_H
#define MPIBERT_MPI_REDUCE_H

#include "mpi/comm.h"
#include "src/core/params.h"

struct reducer; /* opaque */

/* Borrows comm and the block (count elements) until reducer_destroy. */
struct reducer *reducer_create(struct comm *comm, float *block, size_t count);
/* Collective.  The span is final on this rank: it may leave.  Spans come in the same order
 * on all ranks; do not touch them until reduce_end. */
void reduce_begin(struct reducer *reducer, struct span span);
/* Collective.  Until every span that began is summed over all ranks. */
void reduce_end(struct reducer *reducer);
/* Seconds this rank spent inside since the last call of this. */
double reduce_seconds(struct reducer *reducer);
void reducer_destroy(struct reducer *reducer);

#endif
