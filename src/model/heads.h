/* SPDX-License-Identifier: Apache-2.0 */
/* The two pretraining heads: from the encoder's output to their logits (of the masked
 * language model only to the decoder, kernels/decoder.h), and the way back. */
#ifndef MPIBERT_MODEL_HEADS_H
#define MPIBERT_MODEL_HEADS_H

#include "src/model/state.h"

void heads_place(struct model *model, struct carve *carve);

/* Masked rows first … first+n-1 (n at most MLM_SLAB) of the encoder's output x (R,H):
 * dense, gelu, LayerNorm, into mlm->out (n,H). */
void mlm_forward(const struct pass *pass, const float *x, int64_t first, int64_t n);
/* The decoder's logits (n,V) of those. */
void mlm_logits(const struct pass *pass, int64_t n, float *logits);
/* From mlm->dout (n,H), after mlm_forward of the same rows: adds to the gradients of
 * its weights, and to those rows of model->dout (R,H). */
void mlm_backward(const struct pass *pass, int64_t first, int64_t n);

/* The [CLS] rows of x (R,H): dense, tanh (the pooler), and the relation of the two
 * segments: logits (B,2) lack their bias. */
void next_forward(const struct pass *pass, const float *x, float *logits);
/* From dlogits (B,2), after next_forward. */
void next_backward(const struct pass *pass, const float *dlogits);

#endif
