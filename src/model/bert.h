/* SPDX-License-Identifier: Apache-2.0 */
/* BERT with its pretraining heads: forward, backward, nothing of MPI or data. */
#ifndef MPIBERT_MODEL_BERT_H
#define MPIBERT_MODEL_BERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/core/batch.h"
#include "src/core/objectives.h"
#include "src/core/params.h"
#include "src/core/shape.h"

struct model; /* opaque: shape, pointers into the table, activations */

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
    /* What each loss counts, 1 / their number in the global batch; 0: no gradient. */
    double scale[OBJECTIVES];
    /* Each may be NULL; all are called by the main thread. */
    model_ready_fn *on_ready;
    model_need_fn *need;
    void (*poll)(void *context); /* often: whenever some work is done */
    void *context;
};

/* Adds the tensors of a shape with the heads of a set of objectives, in the order of
 * layout.h. */
void model_layout(struct params_table *table, const struct shape *shape, uint32_t set);
/* The same of one more model in the table, its names after a prefix.  Without
 * embeddings of its own it reads, and trains, those of the first. */
void model_layout_beside(struct params_table *table, const char *prefix,
                         bool embeddings, const struct shape *shape, uint32_t set);
/* The objectives that a table has tensors of; where several have the same ones, that
 * which is wished for, else the first. */
uint32_t model_objectives(const struct params_table *table, uint32_t wished);
/* First weights: truncated normal (±2σ) of deviation `range` for matrices, 0 for
 * biases, 1 for LayerNorm weights; each tensor a pure function of (seed, its name's
 * place). */
void model_init(struct params *weights, uint64_t seed, double range);

/* Bytes that model_create maps for activations, laid out once. */
size_t model_measure(const struct model_options *options);
struct model *model_create(const struct model_options *options,
                           const struct params_table *table);
void model_destroy(struct model *model);

/* How many losses a batch has of each of the model's objectives; 0 of others. */
void model_count(const struct model *model, const struct batch *batch,
                 uint64_t counts[OBJECTIVES]);
/* Useful operations of a batch, forward and backward, matrix products only. */
double model_flops(const struct model *model, const struct batch *batch);
/* How many sequences of the batch, from `first`, go through at once: at least one, and
 * as many as fit max_tokens and max_sequences. */
int64_t model_chunk(const struct model *model, const struct batch *batch,
                    int64_t first);
/* Sequences first … first+count-1 of the batch through the model, and back: adds to
 * grads (every element), adds to *sums. */
void model_train(struct model *model, const struct params *weights,
                 struct params *grads, const struct batch *batch, int64_t first,
                 int64_t count, const struct model_step *step, struct model_sums *sums);
/* The same without dropout and gradients. */
void model_evaluate(struct model *model, const struct params *weights,
                    const struct batch *batch, int64_t first, int64_t count,
                    struct model_sums *sums);
/* Without dropout, each unless NULL: logits (M, V) of the masked rows of sequences
 * first … of the batch; hidden (T, H), the encoder's output; next (B, 2), the logits of
 * its objective about pairs.  What it has no head for is a bug. */
void model_predict(struct model *model, const struct params *weights,
                   const struct batch *batch, int64_t first, int64_t count,
                   float *logits, float *hidden, float *next);
/* Without dropout: the logits (n, C) of a task's head, whose rows are those of
 * model/head.h; returns n. */
int64_t model_answer(struct model *model, const struct params *weights,
                     const struct batch *batch, int64_t first, int64_t count,
                     float *logits);

#endif
