/* SPDX-License-Identifier: Apache-2.0 */
/* Masked rows through dense, gelu and LayerNorm: see predictor.h. */
#include "src/model/predictor.h"

#include "src/kernels/embedding.h"
#include "src/model/decode.h"
#include "src/model/transform.h"

const struct row predictor_rows[] = {
    TRANSFORM_ROWS("cls.predictions.transform", "E", "H", predictor, transform),
    {0},
};

void predictor_place(struct predictor *predictor, const struct model_options *options,
                     struct carve *carve) {
    int64_t H = options->shape.H, n = decode_rows(options);
    predictor->at = carve_take(carve, n, sizeof *predictor->at);
    predictor->rows = carve_floats(carve, n, H);
    transform_place(&predictor->transform, carve, n, H, options->shape.E);
}

/* By one thread. */
static void gather(const struct pass *pass, const struct predictor *p, const float *x,
                   int64_t first, int64_t n) {
    int64_t H = pass->model->options.shape.H;
    for (int64_t i = 0; i < n; i++)
        p->at[i] = pass->chosen_at[pass->masked[first + i] - pass->row];
    rows_gather(n, H, p->at, matrix_f32(x, H), matrix_f32(p->rows, H));
}

void predictor_forward(const struct pass *pass, const float *x, int64_t first,
                       int64_t n) {
    const struct predictor *p = &pass->model->predictor;
#pragma omp single
    gather(pass, p, x, first, n);
    transform_forward(pass, &p->transform, n, p->rows);
}

void predictor_backward(const struct pass *pass, int64_t n, float *d) {
    const struct predictor *p = &pass->model->predictor;
    transform_backward(pass, &p->transform, n, p->rows, d);
#pragma omp single
    rows_scatter_add(n, pass->model->options.shape.H, p->at, p->rows,
                     pass->model->dout);
}
