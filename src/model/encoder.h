/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers. */
#ifndef MPIBERT_MODEL_ENCODER_H
#define MPIBERT_MODEL_ENCODER_H

#include "src/model/state.h"

/* All that embeddings, layers and the final norm keep. */
void encoder_place(struct model *model, struct carve *carve);
/* Team.  The encoder's output (R,H), which lies in the model until the next pass; tells
 * the step of every span of weights that is needed. */
const float *encoder_forward(const struct pass *pass);
/* Team.  From model->dout (R,H), the gradient of the output, once those of the heads
 * are there; tells the step of every span of gradients that it has added to, from the
 * model's end to its beginning. */
void encoder_backward(const struct pass *pass);

#endif
