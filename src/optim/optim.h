/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: one update rule each, over a table of tensors. */
#ifndef MPIBERT_OPTIM_OPTIM_H
#define MPIBERT_OPTIM_OPTIM_H

#include <stdint.h>

#include "src/core/params.h"

struct optim_options {
    double beta1, beta2, epsilon, weight_decay;
};

/* One step of a rule: weights, m and v move; gradients are read, scaled by grad_scale.
 * `step` counts from 1.  All four blocks are of the same table. */
typedef void optim_fn(const struct optim_options *options, int64_t step, double rate,
                      float grad_scale, const struct params *grads, struct params *weights,
                      struct params *m, struct params *v);

struct optimizer {
    const char *name; /* "adamw", "bert_adam" */
    double epsilon;   /* the default */
    optim_fn *update;
};

/* The row of a name, or NULL. */
const struct optimizer *optim_find(const char *name);

#endif
