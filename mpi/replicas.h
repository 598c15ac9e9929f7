/* SPDX-License-Identifier: Apache-2.0 */
/* Whether all nodes have the same weights.  A node has them once, and every node should
 * have the same bits: memory that lost one, or a message that came wrong, would train
 * another model there, and be in all gradients from then on. */
#ifndef MPIBERT_MPI_REPLICAS_H
#define MPIBERT_MPI_REPLICAS_H

#include "mpi/reducer.h"
#include "src/base/err.h"

/* Collective, between steps and after gather_end.  Compares by hash, each rank a part
 * of its node's; nothing where there is one node.  -1 (70) on all ranks: names a node
 * that differs from most, or from rank 0's where there are as many. */
int replicas_check(struct reducer *reducer, struct err *err);

#endif
