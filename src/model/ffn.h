/* SPDX-License-Identifier: Apache-2.0 */
/* The feed-forward sublayer of a layer: H -> F, gelu, F -> H, and the residual end. */
#ifndef MPIBERT_MODEL_FFN_H
#define MPIBERT_MODEL_FFN_H

#include "src/model/state.h"

/* From the layer's middle (T,H) to its out (T,H). */
void ffn_forward(const struct pass *pass, int64_t layer);
/* model->dx (T,H): from the gradient of out to that of middle. */
void ffn_backward(const struct pass *pass, int64_t layer);

#endif
