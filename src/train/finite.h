/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a run's numbers are numbers, before they are saved and after they were read
 * (model/nonfinite.h: of one block). */
#ifndef MPIBERT_TRAIN_FINITE_H
#define MPIBERT_TRAIN_FINITE_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/params.h"

struct mover;

/* What to do about a run whose numbers are lost: a resumed run keeps its rate, another
 * one need not. */
#define FINITE_CURE                                                                    \
    "the same rate would lead here again; start another run from a checkpoint of "     \
    "before the loss rose: set train.init_from to its file, another checkpoint.dir, "  \
    "and a lower train.learning_rate or longer train.warmup_steps"

/* Collective.  Of weights and moments: each rank looks at its own shard, all return the
 * same. */
int finite_check_state(const struct params *weights, struct mover *mover,
                       struct comm *comm, struct err *err);

#endif
