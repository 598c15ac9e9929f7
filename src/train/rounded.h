/* SPDX-License-Identifier: Apache-2.0 */
/* A run whose products are made of rounded numbers: train.precision: bf16. */
#ifndef MPIBERT_TRAIN_ROUNDED_H
#define MPIBERT_TRAIN_ROUNDED_H

#include <stdbool.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

/* Collective.  Makes train.precision: auto one of the others, the same on all ranks,
 * and says which: bf16 if all their processors have instructions for it. */
int rounded_settle(struct config *config, struct comm *comm, struct err *err);
/* Whether a configuration that is settled asks for it. */
bool rounded_is(const struct config *config);
/* Collective.  If so, chooses and proves the kernels (kernels/precision.h), before any
 * step.  78: a rank's processor has none; 70: they are wrong. */
int rounded_start(const struct config *config, struct comm *comm, struct err *err);

#endif
