/* SPDX-License-Identifier: Apache-2.0 */
/* A model small enough for finite differences, with weights at which no gradient is
 * nearly nothing, and batches of sequences of uneven lengths. */
#ifndef MPIBERT_TESTS_TOY_H
#define MPIBERT_TESTS_TOY_H

#include "src/core/batch.h"
#include "src/core/params.h"
#include "src/core/targets.h"
#include "src/model/bert.h"

/* Sets of objectives: BERT's, ALBERT's, SpanBERT's, that of ELECTRA's discriminator,
 * and masks alone; and what a teacher says. */
#define TOY_PAIRS (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP))
#define TOY_ORDER (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOP))
#define TOY_SPANS (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SBO))
#define TOY_REPLACED OBJECTIVE_SET(RTD)
#define TOY_SINGLE OBJECTIVE_SET(MLM)
#define TOY_RELATED (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(RELATION))
#define TOY_TAUGHT                                                                     \
    (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(SOFT) | OBJECTIVE_SET(COSINE) |                \
     OBJECTIVE_SET(LATENT))
#define TOY_LATENT OBJECTIVE_SET(LATENT)

/* L 2, H 16, A 2, D 8, F 24, V 37, P 20, S 2, K 13. */
struct shape toy_shape(void);
/* Of pairs, without dropout; chunks of all that comes. */
struct model_options toy_options(void);
/* Random weights of every tensor: biases are not 0, LayerNorm's weights not 1. */
void toy_weights(struct params *weights, uint64_t seed);
/* B sequences of 4 … 20 tokens; some rows masked, some sequences without a pair. Owned.
 */
void toy_batch(struct batch *batch, int64_t B, uint64_t seed);
/* The same, but of one to four isolated documents each, without pairs. */
void toy_packed_batch(struct batch *batch, int64_t B, uint64_t seed);
/* The same as toy_batch, but of up to TOY_LONG tokens, of which all are masked. */
enum { TOY_LONG = 40 };
void toy_hidden_batch(struct batch *batch, int64_t B, uint64_t seed);
/* Of pairs again, of up to TOY_LONGEST tokens, more than attention takes at a time; a
 * fifth of them masked. */
enum { TOY_LONGEST = 270 };
void toy_long_batch(struct batch *batch, int64_t B, uint64_t seed);
/* What a teacher might say of a batch: at random, as wide as toy_shape. */
struct toy_targets {
    struct targets of; /* into what follows, owned */
    float *states, *logits, *attention, *shares;
    int64_t *code_starts;
    int32_t *atoms;
    int64_t *starts;
    int32_t *at;
};
void toy_targets_init(struct toy_targets *targets, const struct batch *batch,
                      uint64_t seed);
void toy_targets_fini(struct toy_targets *targets);
/* Each span of a batch as a sequence of its own. */
void toy_apart(const struct batch *packed, struct batch *apart);

#endif
