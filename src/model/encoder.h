/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers. */
#ifndef MPIBERT_MODEL_ENCODER_H
#define MPIBERT_MODEL_ENCODER_H

#include "src/model/state.h"

/* The encoder's output (T,H), which lies in the model until the next pass; tells pass->step of
 * every span of weights that is needed. */
const float *encoder_forward(const struct pass *pass);
/* From model->dx (T,H), the gradient of the output; tells `step` of every span of
 * gradients, layers and embeddings, as it becomes final. */
void encoder_backward(const struct pass *pass, const struct model_step *step);
/* Call on_ready, need and poll, if there is a step and they are there. */
void encoder_tell_ready(const struct model_step *step, size_t from, size_t to);
void encoder_tell_need(const struct model_step *step, size_t from, size_t to);
void encoder_poll(const struct model_step *step);

#endif
