/* SPDX-License-Identifier: Apache-2.0 */
/* A step made once more, to find out what is not finite in it: --replay.  From the
 * newest checkpoint before it, over the steps between, whose bits are those of the run;
 * nothing is written. */
#ifndef MPIBERT_TRAIN_REPLAY_H
#define MPIBERT_TRAIN_REPLAY_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

/* Collective.  Step train.replay of the run in checkpoint.dir; rank 0 prints. */
int replay_run(struct comm *comm, const struct config *config, struct err *err);

#endif
