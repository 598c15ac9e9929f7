/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: one update rule each, over a run of elements of a table's blocks. */
#ifndef MPIBERT_OPTIM_OPTIM_H
#define MPIBERT_OPTIM_OPTIM_H

#include <stdint.h>

#include "src/core/params.h"

struct optim_options {
    double beta1, beta2, epsilon, weight_decay;
};

/* Where a run of elements lies in the four blocks: each points to the run's first. */
struct optim_run {
    struct span span; /* in the table */
    float *grads, *weights, *m, *v;
};

/* One step of a rule over one run: weights, m and v move by the gradients times grad_scale,
 * which are zero behind it, ready to be added to.  `step` counts from 1.  Any cut of a block
 * into runs gives the same bits. */
typedef void optim_fn(const struct optim_options *options, int64_t step, double rate,
                      float grad_scale, const struct params_table *table,
                      const struct optim_run *run);

struct optimizer {
    const char *name; /* "adamw", "bert_adam" */
    double epsilon;   /* the default */
    optim_fn *update;
};

/* The row of a name, or NULL. */
const struct optimizer *optim_find(const char *name);

#endif
