/* SPDX-License-Identifier: Apache-2.0 */
/* What a model is made of, what a step says to it, and what it counts: what its callers
 * (bert.h) and the files of this room (state.h) have in common. */
#ifndef MPIBERT_MODEL_MODEL_H
#define MPIBERT_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/objectives.h"
#include "src/core/params.h"
#include "src/core/shape.h"
#include "src/core/targets.h"
#include "src/kernels/gemm.h"

/* What a trained model does not keep for the way down, but computes again there, to the
 * same bits: each more than those before it. */
enum recompute {
    RECOMPUTE_NONE,
    RECOMPUTE_ATTENTION, /* attention's probabilities */
    RECOMPUTE_LAYER      /* all that a layer makes, but the stream after it */
};

struct model_options {
    struct shape shape;
    uint32_t objectives; /* a set (core/objectives.h), the table's heads */
    double hidden_dropout, attention_dropout; /* 0 in evaluation */
    uint64_t dropout_seed;
    int64_t max_tokens;    /* rows that go through at once: a chunk never has more */
    int64_t max_sequences; /* sequences in a chunk at most, and rows that are pooled */
    int64_t max_length;    /* tokens in a sequence at most */
    /* Of several models in a table: what comes before the names of its tensors; NULL:
     * nothing.  Borrowed. */
    const char *prefix;
    /* Of each masked row a token is drawn by the probabilities that it gives, by
     * numbers that are a function of dropout_seed and place: model_drawn. */
    bool draws;
    enum recompute recompute;
    /* What products are made of in training, and what is kept for them and for the way
     * down; all else is in single precision. */
    enum gemm_precision precision;
    /* It is never trained: no memory for gradients, and of one layer alone. */
    bool forward_only;
    /* Of the last layers so many are left out, and no norm follows: of a forward-only
     * model without objectives, whose output are the states after the others. */
    int64_t cut;
};

/* Sums over what went through; they add up over chunks and ranks. */
struct model_sums {
    struct sum of[OBJECTIVES];
    int64_t tokens, sequences;
};

/* The model has added all that it will add, in this chunk, to a span of the gradients.
 * Called from its end in the block to its beginning, then of its embeddings, every
 * element once.  Whether that makes them final is known to whoever drives the passes:
 * another chunk, or another model with the same embeddings, may add to them yet. */
typedef void model_ready_fn(struct span span, void *context);

/* A span of the weights is about to be read for the first time in this chunk.  Called
 * of the model's embeddings, then from its beginning to its end, every element once. */
typedef void model_need_fn(struct span span, void *context);

struct model_step {
    /* What each loss counts, its weight / their number in the global batch; 0: no
     * gradient. */
    double scale[OBJECTIVES];
    /* Of the sequences of this chunk; NULL: nobody teaches. */
    const struct targets *targets;
    /* Each may be NULL; all are called by the main thread. */
    model_ready_fn *on_ready;
    model_need_fn *need;
    void (*poll)(void *context); /* often: whenever some work is done */
    void *context;
};

/* The objectives that a table has tensors of; where several have the same ones, that
 * which is wished for, else the first. */
uint32_t model_objectives(const struct params_table *table, uint32_t wished);

/* What a set of objectives needs to hear from a teacher: a set of enum target_kind. */
uint32_t model_targets(uint32_t set);

#endif
