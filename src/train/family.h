/* SPDX-License-Identifier: Apache-2.0 */
/* Many pretraining seeds, and shapes, in one job: `mpibert family`.  Each member is a
 * run of its own, in DIR/seed_<S>, or DIR/SHAPE/seed_<S>, with the bits that `train`
 * would give it on as many ranks. */
#ifndef MPIBERT_TRAIN_FAMILY_H
#define MPIBERT_TRAIN_FAMILY_H

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

/* Collective.  Trains a run for each of family.seeds, with train.seed set to it, and of
 * each of family.shapes, if there are any, to train.steps, from its beginning or its
 * newest checkpoint.  Members are dealt out over family.groups groups of ranks.  Where
 * train.data_seed is set all have the same data: those of a group then go step by step
 * on batches that are read once; otherwise one after the other.  A member that fails is
 * told and left where its newest checkpoint is, and the others go on; the first such
 * fault is returned, on all ranks. */
int family_run(struct comm *comm, const struct config *config, struct err *err);

#endif
