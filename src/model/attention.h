/* SPDX-License-Identifier: Apache-2.0 */
/* The attention sublayer of a layer: all heads, output, and the residual end. */
#ifndef MPIBERT_MODEL_ATTENTION_H
#define MPIBERT_MODEL_ATTENTION_H

#include "src/model/state.h"

/* From x (T,H) to the layer's middle (T,H). */
void attention_forward(const struct pass *pass, int64_t layer, const float *x);
/* model->dx (T,H): from the gradient of middle to that of x. */
void attention_backward(const struct pass *pass, int64_t layer, const float *x);

#endif
