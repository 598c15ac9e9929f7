/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a sublayer: see residual.h.  Forward goes sequence by sequence through all
 * four operations, because a sequence's rows stay in cache, and because dropout is
 * keyed by sequence; what sums over rows goes over the whole chunk. */
#include "src/model/residual.h"

#include <string.h>

#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"

void residual_forward(const struct pass *pass, uint32_t site, const float *bias,
                      const struct norm_places *places, const struct norm_state *norm,
                      const float *residual, float *out) {
    const struct shape *shape = &pass->model->options.shape;
    int64_t H = shape->H, keep_bytes = (H + 7) / 8;
    const float *gamma = pass->weights + places->weight;
    const float *beta = pass->weights + places->bias;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < pass->B; b++) {
        int64_t row = pass->starts[b],
                s = pass->starts[b + 1] - row; /* all below: (s,H) */
        float *x = norm->xhat + row * H;
        struct dropout_key key = pass_dropout(pass, b, site);
        vec_add_bias(s, H, x, bias);
        if (pass->hidden_threshold)
            dropout_forward(s, H, H, &key, 0, pass->hidden_threshold, x,
                            norm->keep + row * keep_bytes);
        vec_add(s * H, residual + row * H, x);
        layernorm_forward(s, H, x, gamma, beta, shape->norm_eps, out + row * H,
                          norm->rstd + row);
    }
}

void residual_backward(const struct pass *pass, size_t bias,
                       const struct norm_places *places,
                       const struct norm_state *norm) {
    const struct model *model = pass->model;
    int64_t T = pass->T, H = model->options.shape.H;
    layernorm_backward(T, H, norm->xhat, pass->weights + places->weight, norm->rstd,
                       model->dx, model->dx, pass->grads + places->weight,
                       pass->grads + places->bias);
    if (pass->hidden_threshold)
        dropout_backward(T, H, H, pass->hidden_threshold, norm->keep, model->dx,
                         model->dbranch);
    else
        memcpy(model->dbranch, model->dx, (size_t)(T * H) * sizeof(float));
    vec_sum_rows(T, H, model->dbranch, pass->grads + bias);
}
