/* SPDX-License-Identifier: Apache-2.0 */
/* BERT with its pretraining heads: forward, backward, nothing of MPI or data. */
#ifndef MPIBERT_MODEL_BERT_H
#define MPIBERT_MODEL_BERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/core/batch.h"
#include "src/model/model.h"

struct model; /* opaque: shape, pointers into the table, activations */

/* Adds the tensors of a shape with the heads of a set of objectives, in the order of
 * layout.h. */
void model_layout(struct params_table *table, const struct shape *shape, uint32_t set);
/* The same of one more model in the table, its names after a prefix.  Without
 * embeddings of its own it reads, and trains, those of the first. */
void model_layout_beside(struct params_table *table, const char *prefix,
                         bool embeddings, const struct shape *shape, uint32_t set);
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
/* Borrowed, until the next chunk: the tokens (M) that were drawn in the last, of a
 * model that draws. */
const int32_t *model_drawn(const struct model *model);
/* Without dropout, each unless NULL: logits (M, V) of the masked rows of sequences
 * first … of the batch; hidden (T, H), the encoder's output; next (B, 2), the logits of
 * its objective about pairs.  What it has no head for is a bug. */
void model_predict(struct model *model, const struct params *weights,
                   const struct batch *batch, int64_t first, int64_t count,
                   float *logits, float *hidden, float *next);
/* What a teacher says; each unless NULL. */
struct model_said {
    float *states;    /* (M,H) the encoder's output at masked rows */
    float *logits;    /* (M,V) there */
    float *attention; /* (T,3W) queries, keys and values of the last layer computed */
};
/* Without dropout: of sequences first … what is asked for; if that is no attention, no
 * other rows are computed in the last layer.  Of step only poll is called; NULL:
 * nothing is. */
void model_teach(struct model *model, const struct params *weights,
                 const struct batch *batch, int64_t first, int64_t count,
                 const struct model_step *step, const struct model_said *said);
/* Without dropout: the logits (T) of "this token was replaced". */
void model_detect(struct model *model, const struct params *weights,
                  const struct batch *batch, int64_t first, int64_t count,
                  float *logits);
/* Without dropout: the logits (n, C) of a task's head, whose rows are those of
 * model/head.h; returns n. */
int64_t model_answer(struct model *model, const struct params *weights,
                     const struct batch *batch, int64_t first, int64_t count,
                     float *logits);

#endif
