/* SPDX-License-Identifier: Apache-2.0 */
/* The training loop. */
#ifndef MPIBERT_TRAIN_TRAINER_H
#define MPIBERT_TRAIN_TRAINER_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

/* Collective.  Opens the run that config names, trains it to train.steps with
 * checkpoints and held-out evaluations on the way, and prints (rank 0) what it read.
 * All ranks return the same. */
int trainer_run(struct comm *comm, const struct config *config, struct err *err);

#endif
