/* SPDX-License-Identifier: Apache-2.0 */
/* The weights' way back: each rank has moved its slices, all need all of them.  They
 * travel while the next forward pass goes on, from the beginning of the block to its
 * end, as it reads them; reduce_poll pushes them on. */
#ifndef MPIBERT_MPI_GATHER_H
#define MPIBERT_MPI_GATHER_H

#include "mpi/reducer.h"
#include "src/core/params.h"

/* Local.  This rank's slice of a bucket of the weights is final: once for each bucket,
 * from the last to the first, after reduce_end and a collective. */
void gather_begin(struct reducer *reducer, int bucket);
/* Local.  Pushes weights on as far as they go, without waiting; whether any went
 * anywhere. */
bool gather_advance(struct reducer *reducer);
/* Collective.  Until this span of the weights may be read here: it and all before it
 * have come from all ranks.  Returns at once when nothing is on its way. */
void gather_wait(struct reducer *reducer, struct span span);
/* Collective.  The same for all weights. */
void gather_end(struct reducer *reducer);

#endif
