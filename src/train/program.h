/* SPDX-License-Identifier: Apache-2.0 */
/* What a step does with its models: which there are, how their tensors lie in one
 * table, and what each goes through in which order.  A program is a file here and a row
 * of program.c.
 *
 * The step (step.h) knows one block of weights, one of gradients, sums of losses, and
 * nothing of models; a program knows models, and nothing of ranks. */
#ifndef MPIBERT_TRAIN_PROGRAM_H
#define MPIBERT_TRAIN_PROGRAM_H

#include "src/core/batch.h"
#include "src/core/config.h"
#include "src/core/params.h"
#include "src/model/bert.h"
#include "src/train/step_options.h"

/* A step as a program sees it. */
struct program_step {
    const struct batch *batch; /* this rank's share, at least a sequence */
    const struct params *weights;
    struct params *grads;
    /* What each loss counts, and the step's own calls: `need` wants all weights that
     * are read, from the beginning of the table to its end; `on_ready` all gradients,
     * once nothing more is added to them, from the end to the beginning. */
    struct model_step model;
    struct model_sums *sums;
};

struct program {
    /* Whether a configuration asks for it; NULL: any does. */
    bool (*suits)(const struct config *config);
    /* Appends the tensors of all its models. */
    void (*layout)(struct params_table *table, const struct config *config,
                   const struct shape *shape);
    /* Bytes that create will map. */
    size_t (*measure)(const struct stepper_options *options);
    /* Its models, owned: what all others here take as `own`. */
    void *(*create)(const struct stepper_options *options);
    void (*destroy)(void *own);
    /* The one that is asked for answers, and cuts batches into chunks; borrowed. */
    struct model *(*model)(void *own);
    /* How many losses a batch has of each objective, and its useful operations. */
    void (*count)(const void *own, const struct batch *batch,
                  uint64_t counts[OBJECTIVES]);
    double (*flops)(const void *own, const struct batch *batch);
    /* Gets from elsewhere what the batch needs, before any rank begins with it: a fault
     * becomes everybody's.  NULL: it needs nothing. */
    int (*prepare)(void *own, const struct batch *batch, struct err *err);
    /* Forward and back with the whole batch. */
    void (*run)(void *own, const struct program_step *step);
    /* Sequences first … first+count-1 of a batch, a chunk at most, without dropout and
     * gradients: adds to *sums. */
    void (*evaluate)(void *own, const struct params *weights, const struct batch *batch,
                     int64_t first, int64_t count, struct model_sums *sums);
};

extern const struct program electra_program, distill_program, plain_program;

/* The first of the table that suits. */
const struct program *program_of(const struct config *config);

/* What the options of a run say of the model that it is about. */
struct model_options program_model_options(const struct stepper_options *options);
/* As much of the batch as goes through at once, from sequence `first` on, forward and
 * back; how many sequences those were.  Weights are waited for in the first such chunk,
 * gradients are final in the last. */
int64_t program_train(struct model *model, const struct program_step *step,
                      int64_t first);

#endif
