/* SPDX-License-Identifier: Apache-2.0 */
/* Dense, gelu and LayerNorm of a head: see transform.h. */
#include "src/model/transform.h"

#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/dense.h"

void transform_place(struct transform *t, struct carve *carve, int64_t rows, int64_t in,
                     int64_t out) {
    t->in = in;
    t->out = out;
    t->slope = carve_floats(carve, rows, out);
    t->xhat = carve_floats(carve, rows, out);
    t->rstd = carve_floats(carve, rows, 1);
    t->y = carve_floats(carve, rows, out);
}

void transform_forward(const struct pass *pass, const struct transform *t, int64_t n,
                       const float *x) {
    const struct shape *shape = &pass->model->options.shape;
    const float *w = pass->weights;
    dense_forward(n, t->in, t->out, x, w + t->dense.weight, t->slope);
    gelu_forward(n, t->out, t->out, t->slope, w + t->dense.bias, t->xhat,
                 shape->gelu == GELU_TANH);
    layernorm_forward(n, t->out, t->xhat, w + t->norm.weight, w + t->norm.bias,
                      shape->norm_eps, t->y, t->rstd);
}

void transform_backward(const struct pass *pass, const struct transform *t, int64_t n,
                        float *x, float *d) {
    const float *w = pass->weights;
    float *g = pass->grads; /* d (n,out): of y, then of gelu, then before it */
    layernorm_backward(n, t->out, t->xhat, w + t->norm.weight, t->rstd, d, d,
                       g + t->norm.weight, g + t->norm.bias);
    vec_multiply(n * t->out, t->slope, d);
    vec_sum_rows(n, t->out, t->out, d, g + t->dense.bias);
    dense_backward_weight(n, t->in, t->out, x, d, g + t->dense.weight);
    dense_backward_input(n, t->in, t->out, w + t->dense.weight, d, x);
}
