/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of the state of a masked row before anything is said of it: dense, gelu
 * and LayerNorm.  It is a part of its own, with the places of its tensors, since any
 * objective that says something of a masked row may read it. */
#ifndef MPIBERT_MODEL_PREDICTOR_H
#define MPIBERT_MODEL_PREDICTOR_H

#include "src/model/state.h"

extern const struct row predictor_rows[];

void predictor_place(struct predictor *predictor, const struct model_options *options,
                     struct carve *carve);
/* Team.  Of masked rows first … first+n-1, at most a slab (decode.h), of the
 * encoder's output x (R,H), to transform.y (n,E). */
void predictor_forward(const struct pass *pass, const float *x, int64_t first,
                       int64_t n);
/* Team.  After predictor_forward of the same rows, from the gradient d (n,E) of what it
 * made, which is used up, to model->dout and the gradients of the
 * tensors. */
void predictor_backward(const struct pass *pass, int64_t n, float *d);

#endif
