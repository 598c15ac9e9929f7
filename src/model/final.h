/* SPDX-License-Identifier: Apache-2.0 */
/* The LayerNorm after the last layer, where layers normalise before their sublayers. */
#ifndef MPIBERT_MODEL_FINAL_H
#define MPIBERT_MODEL_FINAL_H

#include "src/model/state.h"

/* Its tensors; NULL: there is no such norm. */
const struct row *final_rows(const struct shape *shape);
void final_place(struct model *model, struct carve *carve);
/* For the way down. */
void final_place_down(struct model *model, struct carve *carve);
/* Team.  From x (R,H), the last layer's output, to that of the encoder, which is
 * returned; x itself where there is no such norm. */
const float *final_forward(const struct pass *pass, const float *x);
/* Team.  model->dout (R,H), from the gradient of the encoder's output to that of the
 * last layer's. */
void final_backward(const struct pass *pass);

#endif
