/* SPDX-License-Identifier: Apache-2.0 */
/* Dense, gelu and LayerNorm of a head: see transform.h. */
#include "src/model/transform.h"

#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/parallel.h"
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

/* From the product to y, of some rows. */
static void activate(const struct pass *pass, const struct transform *t,
                     struct range rows) {
    int64_t n = rows.end - rows.begin, at = rows.begin * t->out;
    const struct matrix slope = matrix_f32(t->slope + at, t->out),
                        xhat = matrix_f32(t->xhat + at, t->out);
    const struct layernorm norm = pass_norm(pass, &t->norm);
    const struct layernorm_out out = {
        .y = matrix_f32(t->y + at, t->out), .xhat = xhat, .rstd = t->rstd + rows.begin};
    gelu_forward(n, t->out, slope, pass->weights + t->dense.bias, slope, xhat,
                 pass->model->options.shape.gelu == GELU_TANH);
    layernorm_forward(n, t->out, t->xhat + at, &norm, &out);
}

void transform_forward(const struct pass *pass, const struct transform *t, int64_t n,
                       const float *x) {
    dense_forward(n, t->in, t->out, x, pass->weights + t->dense.weight, t->slope);
    activate(pass, t, parallel_share(n, 1));
#pragma omp barrier
}

/* From the gradient of y to that of the product.  Sums down columns: by one thread. */
static void activate_back(const struct pass *pass, const struct transform *t, int64_t n,
                          float *d) {
    const struct matrix dy = matrix_f32(d, t->out);
    float *g = pass->grads;
    layernorm_backward(n, t->out, matrix_f32(t->xhat, t->out),
                       pass->weights + t->norm.weight, t->rstd, d, d,
                       g + t->norm.weight, g + t->norm.bias);
    gelu_backward(n, t->out, dy, matrix_f32(t->slope, t->out), dy);
    vec_sum_rows(n, t->out, dy, g + t->dense.bias);
}

void transform_backward(const struct pass *pass, const struct transform *t, int64_t n,
                        float *x, float *d) {
#pragma omp single
    activate_back(pass, t, n, d);
    dense_backward_weight(n, t->in, t->out, x, d, pass->grads + t->dense.weight);
    dense_backward_input(n, t->in, t->out, pass->weights + t->dense.weight, d, x);
}
