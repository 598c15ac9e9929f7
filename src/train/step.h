/* SPDX-License-Identifier: Apache-2.0 */
/* One optimizer step: forward and backward over this rank's share, gradients summed
 * over all ranks, and the weights moved by them. */
#ifndef MPIBERT_TRAIN_STEP_H
#define MPIBERT_TRAIN_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/batch.h"
#include "src/core/objectives.h"
#include "src/core/params.h"
#include "src/train/step_options.h"

struct model;
struct mover;
struct stepper; /* opaque: models, gradients, reducer, mover */

/* This rank's part of a step. */
struct step_input {
    const struct batch *batch; /* may be empty */
    int data_rc; /* what the loader returned: its fault, in *err, becomes everybody's */
    uint64_t hash;                 /* its share of the batch hash */
    uint32_t wishes;               /* what it wishes for: wishes.h */
    double waited, seconds;        /* for what was to be read; to have the batch */
    uint64_t unknown;              /* tokens that are [UNK] */
    const uint64_t *source_tokens; /* (data.sources) in the batch; NULL: not counted */
};

/* What one step did, the same on all ranks. */
struct step_report {
    int64_t step;
    uint64_t tokens, sequences; /* of the global batch */
    struct mean of[OBJECTIVES]; /* over the global batch */
    double loss;                /* their sum, by their weights */
    double grad_norm, rate;
    double useful_flops;
    uint64_t batch_hash;
    double waited;                 /* for data: seconds of the mean rank */
    uint64_t unknown;              /* tokens that are [UNK] */
    const uint64_t *source_tokens; /* (data.sources), until the next step */
    uint32_t wishes;               /* what some rank wished for */
    bool skipped; /* loss or gradient are not finite: the weights are as they were */
};

/* Collective.  Bytes that stepper_create will take on this rank. */
struct stepper_memory {
    size_t state; /* weights (its part of the node's), gradients, moments, what
                     reduction takes */
    size_t activations;
    size_t saved; /* more while a checkpoint is written */
};
struct stepper_memory stepper_measure(const struct stepper_options *options,
                                      struct comm *comm);
/* Collective.  Weights, moments and gradients of the table, zeroed; the caller fills
 * the weights, on all ranks alike, which then meet in a collective: a node has them
 * once. */
struct stepper *stepper_create(const struct stepper_options *options,
                               struct comm *comm);
/* Borrowed, between steps: the models, and that of them which is asked for answers. */
struct models stepper_models(struct stepper *stepper);
struct model *stepper_model(struct stepper *stepper);
/* Collective, as they may still be on their way: the weights, to be read until the next
 * step. */
struct params *stepper_weights(struct stepper *stepper);
/* Borrowed; for its moments. */
struct mover *stepper_mover(struct stepper *stepper);
/* What stepper_measure foretold. */
size_t stepper_state_bytes(const struct stepper *stepper);

/* Collective.  Step number `step` (from 1).
 * -1: a loader's fault, or 70: loss or gradient are not finite, and train.nonfinite
 * says stop; the weights are as they were. */
int stepper_run(struct stepper *stepper, int64_t step, const struct step_input *input,
                struct step_report *report, struct err *err);
/* Collective.  The same without the move: of each tensor's gradient, how many elements
 * are not finite (table.count).  No step may follow. */
int stepper_examine(struct stepper *stepper, int64_t step,
                    const struct step_input *input, struct step_report *report,
                    uint64_t *bad, struct err *err);
/* Collective.  Whether all hosts have the same weights (mpi/replicas.h). */
int stepper_check_replicas(struct stepper *stepper, struct err *err);

/* Seconds since the last call: what the phases took on this rank.  reduce is what the
 * main thread gave to sums and gathering, worked or waited; the rest is hidden behind
 * the others.  flops are this rank's useful operations. */
struct step_seconds {
    double compute, reduce, update, flops;
};
struct step_seconds stepper_seconds(struct stepper *stepper);
/* Collective. */
void stepper_destroy(struct stepper *stepper);

#endif
