/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers by their names. */
#ifndef MPIBERT_OPTIM_OPTIMIZERS_H
#define MPIBERT_OPTIM_OPTIMIZERS_H

#include "src/optim/optim.h"

/* The row of a name, or NULL. */
const struct optimizer *optimizers_find(const char *name);

#endif
