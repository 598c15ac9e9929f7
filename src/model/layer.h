/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of the encoder: attention, then feed-forward, each the branch of a residual
 * sum that ends in a LayerNorm. */
#ifndef MPIBERT_MODEL_LAYER_H
#define MPIBERT_MODEL_LAYER_H

#include "src/model/state.h"

/* What each layer keeps, and what all share on the way. */
void layer_place(struct model *model, int64_t layer, struct carve *carve);
void layer_place_shared(struct model *model, struct carve *carve);
/* Team.  From x (T,H) to the layer's out (R,H). */
void layer_forward(const struct pass *pass, int64_t layer, const float *x);
/* Team.  From dout (R,H), the gradient of out, which is used up, to model->dx (T,H),
 * that of x; they may be the same.  Adds to the gradients of the layer's tensors. */
void layer_backward(const struct pass *pass, int64_t layer, const float *x,
                    float *dout);

#endif
