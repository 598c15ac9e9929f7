/* SPDX-License-Identifier: Apache-2.0 */
/* One rank's fault becomes everybody's, with that rank's words. */
#ifndef MPIBERT_MPI_AGREE_H
#define MPIBERT_MPI_AGREE_H

#include "mpi/comm.h"

/* Collective.  rc is this rank's own result (0 or -1 with *err filled).  Returns 0 if
 * all are 0; otherwise -1 on all ranks, and *err everywhere is that of the lowest
 * failing rank
 * ("rank 3: …" before it when the job has several, "rank 3 on node2: …" when on several
 * hosts). */
int comm_agree(struct comm *comm, int rc, struct err *err);

#endif
