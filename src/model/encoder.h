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
 * are there; tells the step of every span of gradients, from the end of the block to
 * its beginning, as it becomes final. */
void encoder_backward(const struct pass *pass);
/* Team.  Call on_ready and need, if there is a step and they are there, from the main
 * thread.  What on_ready is told of is done by all; nobody goes on before need is. */
void encoder_tell_ready(const struct pass *pass, size_t from, size_t to);
void encoder_tell_need(const struct pass *pass, size_t from, size_t to);

#endif
