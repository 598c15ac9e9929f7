/* SPDX-License-Identifier: Apache-2.0 */
/* The weights' way back: each rank has moved its slices, all need all of them. */
#ifndef MPIBERT_MPI_GATHER_H
#define MPIBERT_MPI_GATHER_H

#include "mpi/reduce.h"

/* Collective.  This rank's slice of a bucket of the weights is final; once for each bucket, in
 * their order, behind reduce_end. */
void gather_begin(struct reducer *reducer, int bucket);
/* Collective.  Until every node has all weights. */
void gather_end(struct reducer *reducer);

#endif
