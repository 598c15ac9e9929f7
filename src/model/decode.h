/* SPDX-License-Identifier: Apache-2.0 */
/* Which token was masked: what objectives share that answer this.  Each makes a row of
 * its own for every masked one; the decoder, which is the word embedding
 * (kernels/decoder.h), makes of them logits, losses and gradients. */
#ifndef MPIBERT_MODEL_DECODE_H
#define MPIBERT_MODEL_DECODE_H

#include "src/model/state.h"

/* Masked rows go through a head in slabs of at most this many, so that the decoder
 * keeps no more than slab · V floats.  All of a chunk of 2048 tokens, of which 15 % are
 * masked, fit in one: every further slab reads and writes the decoder's gradient (V,E)
 * once more. */
enum { DECODE_SLAB = 384 };

/* A head on its way: what is the objective's own. */
struct decode_head {
    void *own;
    bool draws;     /* tokens are drawn by its probabilities, if the model draws */
    size_t bias;    /* (V) in the block */
    const float *y; /* (slab,E) what it makes of masked rows */
    /* Team.  Makes y of masked rows first … first+n-1, from the encoder's
     * output x (R,H). */
    void (*forward)(const struct pass *pass, void *own, const float *x, int64_t first,
                    int64_t n);
    /* Team.  After forward of the same rows, from the gradient d (n,E) of y,
     * which is used up: adds to the gradients of its tensors and to model->dout. */
    void (*backward)(const struct pass *pass, void *own, int64_t first, int64_t n,
                     float *d);
};

/* Rows of a slab at most. */
int64_t decode_rows(const struct model_options *options);
void decode_place(struct decode *decode, const struct model_options *options,
                  struct carve *carve);
/* Team.  The run of an objective (objective.h) with such a head. */
void decode_run(const struct pass *pass, const struct decode_head *head, const float *x,
                float scale, struct sum *sum);
/* Team.  Logits (n,V) of masked rows first … first+n-1, a slab at most; then of all
 * masked rows. */
void decode_logits(const struct pass *pass, const struct decode_head *head,
                   const float *x, int64_t first, int64_t n, float *logits);
void decode_predict(const struct pass *pass, const struct decode_head *head,
                    const float *x, float *logits);
int64_t decode_count(const struct batch *batch);

#endif
