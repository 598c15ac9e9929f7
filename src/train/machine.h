/* SPDX-License-Identifier: Apache-2.0 */
/* What a run or a measurement was made on. */
#ifndef MPIBERT_TRAIN_MACHINE_H
#define MPIBERT_TRAIN_MACHINE_H

#include "mpi/comm.h"

/* Local.  Prints "mpibert …" (version, ranks, threads), "machine …" (processor,
 * kernels, libraries), and, where products are of rounded numbers, "precision …", a
 * line each. */
void machine_print(struct comm *comm);

#endif
