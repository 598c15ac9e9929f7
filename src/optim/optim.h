/* SPDX-License-Identifier: Apache-2.0 */
/* What an optimizer is: one update rule, over a run of elements of a table's blocks. */
#ifndef MPIBERT_OPTIM_OPTIM_H
#define MPIBERT_OPTIM_OPTIM_H

#include <stdint.h>

#include "src/core/params.h"

enum { OPTIM_MOMENTS = 3, OPTIM_SUMS = 2 }; /* the most of any optimizer */

struct optim_options {
    double beta1, beta2, epsilon, weight_decay;
    double momentum; /* of matrices */
};

struct optim_step {
    int64_t number;   /* from 1 */
    double rate;      /* the schedule's */
    double grad_norm; /* of all gradients together, as they lie there */
    float grad_scale; /* what clipping multiplies them by */
};

/* Where a run of elements lies in the blocks: each pointer is to the run's first; of a
 * moment, to the first that it has of the run, which the others follow. */
struct optim_part {
    struct span span; /* in the table */
    float *grads, *weights, *moments[OPTIM_MOMENTS];
    double (*sums)[OPTIM_SUMS]; /* (table.count) of TENSOR: sums over each tensor */
    float *scratch;             /* as many as the optimizer asks for */
};

/* One step of a rule over one run: weights and moments move, each tensor's by its own
 * share of the rate, and gradients are zero after it, ready to be added to.  Uses all
 * threads, and gives the same bits for any number. */
typedef void optim_fn(const struct optim_options *options,
                      const struct optim_step *step, const struct params_table *table,
                      const struct optim_part *run);

/* What an optimizer must see at once. */
enum optim_unit {
    OPTIM_ELEMENT, /* nothing: any cut into runs gives the same bits */
    OPTIM_TENSOR,  /* sums over each tensor: before any update, `measure` goes over all
                    * runs and adds its part to run->sums, which all ranks then add up.
                    * It may leave what it likes in the gradients. */
    OPTIM_MATRIX,  /* hidden matrices (params.h): each is whole in a run */
};

/* A moment: one number an element, of the tensors that have it. */
struct optim_moment {
    const char *name; /* in checkpoints: "adam/m" */
    enum { OPTIM_ALL, OPTIM_MATRICES, OPTIM_OTHERS } of;
};

struct optimizer {
    const char *name; /* "adamw" */
    double epsilon;   /* the default */
    enum optim_unit unit;
    struct optim_moment moments[OPTIM_MOMENTS + 1]; /* then one without a name */
    optim_fn *measure, *update;                     /* measure: NULL but for TENSOR */
    /* Floats of scratch for a table; NULL: none. */
    size_t (*scratch)(const struct params_table *table);
};

/* The spans of a table that the optimizer needs whole, in order; items owned
 * (mem_free). */
struct span_list optim_whole(const struct optimizer *optimizer,
                             const struct params_table *table);
/* How many moments it keeps, and whether a tensor has one of them. */
int optim_moments(const struct optimizer *optimizer);
bool optim_has(const struct optim_moment *moment, const struct tensor *tensor);

#endif
