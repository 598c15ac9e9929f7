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
    const struct matrix slope = matrix_f32(t->slope, t->out),
                        xhat = matrix_f32(t->xhat, t->out);
    const struct layernorm norm = pass_norm(pass, &t->norm);
    const struct layernorm_out out = {
        .y = matrix_f32(t->y, t->out), .xhat = xhat, .rstd = t->rstd};
    dense_forward(n, t->in, t->out, x, w + t->dense.weight, t->slope);
    gelu_forward(n, t->out, slope, w + t->dense.bias, slope, xhat,
                 shape->gelu == GELU_TANH);
    layernorm_forward(n, t->out, t->xhat, &norm, &out);
}

void transform_backward(const struct pass *pass, const struct transform *t, int64_t n,
                        float *x, float *d) {
    const float *w = pass->weights;
    float *g = pass->grads; /* d (n,out): of y, then of gelu, then before it */
    const struct matrix dy = matrix_f32(d, t->out);
    layernorm_backward(n, t->out, matrix_f32(t->xhat, t->out), w + t->norm.weight,
                       t->rstd, d, d, g + t->norm.weight, g + t->norm.bias);
    gelu_backward(n, t->out, dy, matrix_f32(t->slope, t->out), dy);
    vec_sum_rows(n, t->out, dy, g + t->dense.bias);
    dense_backward_weight(n, t->in, t->out, x, d, g + t->dense.weight);
    dense_backward_input(n, t->in, t->out, w + t->dense.weight, d, x);
}
