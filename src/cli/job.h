/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of a command that runs on several ranks. */
#ifndef MPIBERT_CLI_JOB_H
#define MPIBERT_CLI_JOB_H

#include "mpi/comm.h"

/* Collective.  Starts MPI; then rc, what this rank has come to so far (its command line),
 * becomes everybody's.  *comm is to be ended by job_end whatever this returns. */
int job_begin(struct comm **comm, int argc, char **argv, int rc, struct err *err);
/* Collective.  Says the error before any rank leaves, because mpirun ends the others with the
 * first that fails.  Returns rc. */
int job_end(struct comm *comm, int rc, struct err *err);

#endif
