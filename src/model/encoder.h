/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers. */
#ifndef MPIBERT_MODEL_ENCODER_H
#define MPIBERT_MODEL_ENCODER_H

#include "src/model/state.h"

/* Team.  The encoder's output (R,H), which lies in the model until the next pass. */
const float *encoder_forward(const struct pass *pass);
/* Team.  From model->dout (R,H), the gradient of the output; tells the step of every
 * span of gradients, layers and embeddings, as it becomes final. */
void encoder_backward(const struct pass *pass);
/* Team.  Calls on_ready of the step, if it is there, from the main thread; what it is
 * told of is done by all. */
void encoder_tell_ready(const struct pass *pass, size_t from, size_t to);

#endif
