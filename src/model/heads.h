/* SPDX-License-Identifier: Apache-2.0 */
/* The two pretraining heads: logits from the encoder's output, and the way back. */
#ifndef MPIBERT_MODEL_HEADS_H
#define MPIBERT_MODEL_HEADS_H

#include "src/model/state.h"

/* Masked rows first … first+n-1 (n at most MLM_SLAB) of the encoder's output x (R,H):
 * dense, gelu, LayerNorm, decoder.  logits (n,V) lack the decoder's bias. */
void mlm_forward(const struct pass *pass, const float *x, int64_t first, int64_t n,
                 float *logits);
/* From dlogits (n,V), behind mlm_forward of the same rows: adds to all gradients, also
 * to those rows of model->dout (R,H). */
void mlm_backward(const struct pass *pass, int64_t first, int64_t n,
                  const float *dlogits);

/* The [CLS] rows of x (R,H): dense, tanh (the pooler), and the relation of the two
 * segments: logits (B,2) lack their bias. */
void next_forward(const struct pass *pass, const float *x, float *logits);
/* From dlogits (B,2), behind next_forward. */
void next_backward(const struct pass *pass, const float *dlogits);

#endif
