/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model's head, for who wants its logits. */
#ifndef MPIBERT_MODEL_MLM_H
#define MPIBERT_MODEL_MLM_H

#include "src/model/state.h"

/* Masked rows go through the head in slabs of at most this many, so that the decoder
 * keeps no more than slab · V floats.  All of a chunk of 2048 tokens, of which 15 % are
 * masked, fit in one: every further slab reads and writes the decoder's gradient (V,H)
 * once more. */
enum { MLM_SLAB = 384 };

/* By one thread.  Logits (M,V) of all masked rows of the encoder's output x (R,H). */
void mlm_predict(const struct pass *pass, const float *x, float *logits);

#endif
