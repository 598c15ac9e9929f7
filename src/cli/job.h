/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning and the end of a command that runs on several ranks.  All of them run
 * what rank 0 runs: the same program by the same command line, and its
 * configuration. */
#ifndef MPIBERT_CLI_JOB_H
#define MPIBERT_CLI_JOB_H

#include "mpi/comm.h"
#include "src/cli/settings.h"

/* Collective.  Starts MPI; refuses (78) a rank of another program, command line or
 * MPIBERT_… variable than rank 0's; then rc, what this rank has come to so far (its
 * command line), becomes everybody's.  *comm is to be ended by job_end whatever this
 * returns. */
int job_begin(struct comm **comm, int argc, char **argv, int rc, struct err *err);
/* Collective.  settings_config of rank 0, for all: other ranks need neither the file
 * nor the environment; train.precision: auto is settled.  On failure *config is
 * finished. */
int job_config(struct comm *comm, const struct settings *settings, const char *yaml,
               struct config *config, struct err *err);
/* Collective.  Says the error before any rank leaves, because mpirun ends the others
 * with the first that fails.  Returns rc. */
int job_end(struct comm *comm, int rc, struct err *err);

/* Collective.  Does `run` with the configuration that job_config gives. */
typedef int job_fn(struct comm *comm, const struct config *config, struct err *err);
int job_run(struct comm *comm, const struct settings *settings, const char *yaml,
            job_fn *run, struct err *err);

#endif
