/* SPDX-License-Identifier: Apache-2.0 */
/* The feed-forward sublayer: see ffn.h.  Both sides of gelu are kept for backward:
 * making act again from pre would cost more than reading it. */
#include "src/model/ffn.h"

#include "src/kernels/gelu.h"
#include "src/kernels/vec.h"
#include "src/model/linear.h"
#include "src/model/residual.h"

void ffn_forward(const struct pass *pass, int64_t layer) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_places *at = &model->places.layers[layer];
    const struct layer_state *state = &model->layers[layer];
    int64_t T = pass->T, H = shape->H, F = shape->F;
    const float *w = pass->weights;
    linear_forward(T, H, F, state->middle, w + at->intermediate.weight, state->pre);
    gelu_forward(T, F, state->pre, w + at->intermediate.bias, state->act,
                 shape->gelu == GELU_TANH);
    linear_forward(T, F, H, state->act, w + at->output.weight, state->output_norm.xhat);
    residual_forward(pass, pass_site(layer, SITE_OUTPUT), w + at->output.bias,
                     &at->output_norm, &state->output_norm, state->middle, state->out);
}

void ffn_backward(const struct pass *pass, int64_t layer) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_places *at = &model->places.layers[layer];
    const struct layer_state *state = &model->layers[layer];
    int64_t T = pass->T, H = shape->H, F = shape->F;
    const float *w = pass->weights;
    float *g = pass->grads, *dpre = model->dwide; /* (T,F), first of act, then of pre */
    residual_backward(pass, at->output.bias, &at->output_norm, &state->output_norm);
    linear_backward_weight(T, F, H, state->act, model->dbranch, g + at->output.weight);
    linear_backward_input(T, F, H, w + at->output.weight, model->dbranch, 0, dpre);
    gelu_backward(T, F, state->pre, dpre, dpre, shape->gelu == GELU_TANH);
    vec_sum_rows(T, F, dpre, g + at->intermediate.bias);
    linear_backward_weight(T, H, F, state->middle, dpre, g + at->intermediate.weight);
    linear_backward_input(T, H, F, w + at->intermediate.weight, dpre, 1, model->dx);
}
