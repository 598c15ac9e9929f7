/* SPDX-License-Identifier: Apache-2.0 */
/* A run that is its own teacher (teacher.from: self): after each teacher.refresh_every
 * steps the checkpoint that it then has is kept and teaches the steps after it, and the
 * objective latent gets a dictionary of that one's states, which begins with the atoms
 * of the one before.  So it is cut into stages, each of which is a run of its own that
 * goes on with the same checkpoints, and all of it is a function of these.
 *
 * The published form (MLSM without an auxiliary model) takes the states of the masked
 * text of the very step, with dropout; here they are of unmasked text, as of any
 * teacher, and of a model that stands still for a stage. */
#ifndef MPIBERT_DICTIONARY_REFRESH_H
#define MPIBERT_DICTIONARY_REFRESH_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

/* Collective.  Trains as `stage` says, from its newest checkpoint to its last step. */
typedef int refresh_train_fn(struct comm *comm, const struct config *stage,
                             struct err *err);

/* Local.  The configuration of the stage in which the step after `step` is; owned. */
int refresh_stage(const struct config *config, int64_t step, struct config *stage,
                  struct err *err);
/* Collective.  All stages that are left.  As `train` and dictionary_make (make.h) fail,
 * and 75 when it is stopped while a dictionary is learnt: a start goes on there. */
int refresh_run(struct comm *comm, const struct config *config, refresh_train_fn *train,
                struct err *err);

#endif
