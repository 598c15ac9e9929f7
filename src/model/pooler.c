/* SPDX-License-Identifier: Apache-2.0 */
/* The pooler of Devlin et al. (2018): see pooler.h.  But for its products one thread
 * does it. */
#include "src/model/pooler.h"

#include <string.h>

#include "src/base/die.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/vec.h"
#include "src/model/dense.h"
#include "src/model/state.h"

#define AT(member) offsetof(struct pooler, member)

const struct row pooler_rows[] = {
    {"bert.pooler.dense.weight", "H", "H", ROW_MATRIX, AT(dense.weight)},
    {"bert.pooler.dense.bias", "H", NULL, ROW_BIAS, AT(dense.bias)},
    {0},
};

static const uint32_t of_texts =
    OBJECTIVE_SET(CLASSIFY) | OBJECTIVE_SET(REGRESS) | OBJECTIVE_SET(MULTILABEL);

void pooler_place(struct pooler *pooler, const struct model_options *options,
                  struct carve *carve) {
    int64_t H = options->shape.H, B = options->max_sequences;
    bool electra = options->shape.kind == KIND_ELECTRA;
    pooler->drops = electra && (options->objectives & of_texts);
    pooler->gelu =
        electra && (options->objectives & (of_texts | OBJECTIVE_SET(CHOOSE)));
    pooler->keep = carve_take(carve, pooler->drops ? B * ((H + 7) / 8) : 0, 1);
    pooler->slope = carve_floats(carve, pooler->gelu ? B : 0, H);
    pooler->at = carve_take(carve, B, sizeof *pooler->at);
    pooler->rows = carve_floats(carve, B, H);
    pooler->pooled = carve_floats(carve, B, H);
    pooler->dpooled = carve_floats(carve, B, H);
}

static bool drops(const struct pass *pass) {
    return pass->model->pooler.drops && pass->hidden_threshold > 0;
}

/* From the product, without bias, to pooled (B,H). */
static void activate(const struct pass *pass, int64_t B) {
    const struct pooler *pooler = &pass->model->pooler;
    const float *bias = pass->weights + pooler->dense.bias;
    int64_t H = pass->model->options.shape.H;
    const struct matrix slope = matrix_f32(pooler->slope, H),
                        pooled = matrix_f32(pooler->pooled, H);
    if (pooler->gelu) {
        memcpy(pooler->slope, pooler->pooled, (size_t)(B * H) * sizeof *pooler->slope);
        gelu_forward(B, H, slope, bias, slope, pooled, GELU_ERF);
        return;
    }
    vec_add_bias(B, H, pooled, bias, pooled);
    vec_tanh(B * H, pooler->pooled, pooler->pooled);
}

static void gather(const struct pass *pass, const struct pooler *pooler,
                   const int32_t *first, int64_t count, const float *x) {
    int64_t H = pass->model->options.shape.H;
    const struct matrix rows = matrix_f32(pooler->rows, H);
    CHECK(count <= pass->model->options.max_sequences);
    for (int64_t b = 0; b < count; b++)
        pooler->at[b] = pass->chosen_at[first[b]];
    rows_gather(count, H, pooler->at, matrix_f32(x, H), rows);
    if (drops(pass)) {
        pass_draw(pass, pass_site(-1, SITE_POOLER), first, 0, count, H, pooler->keep);
        dropout_apply(count, H, pass->hidden_threshold, pooler->keep, rows, rows);
    }
}

void pooler_forward(const struct pass *pass, const int32_t *first, int64_t count,
                    const float *x) {
    const struct pooler *pooler = &pass->model->pooler;
    int64_t H = pass->model->options.shape.H;
#pragma omp single
    gather(pass, pooler, first, count, x);
    dense_forward(count, H, H, pooler->rows, pass->weights + pooler->dense.weight,
                  pooler->pooled);
#pragma omp single
    activate(pass, count);
}

/* From dpooled to the gradient of the product, without bias. */
static void activate_back(const struct pass *pass, int64_t B) {
    const struct pooler *pooler = &pass->model->pooler;
    int64_t H = pass->model->options.shape.H;
    float *d = pooler->dpooled;
    const struct matrix dpooled = matrix_f32(d, H);
    if (pooler->gelu)
        gelu_backward(B, H, dpooled, matrix_f32(pooler->slope, H), dpooled);
    else
        vec_tanh_backward(B * H, pooler->pooled, d, d);
    vec_sum_rows(B, H, dpooled, pass->grads + pooler->dense.bias);
}

static void scatter(const struct pass *pass, int64_t B) {
    const struct pooler *pooler = &pass->model->pooler;
    int64_t H = pass->model->options.shape.H;
    const struct matrix rows = matrix_f32(pooler->rows, H);
    if (drops(pass))
        dropout_apply(B, H, pass->hidden_threshold, pooler->keep, rows, rows);
    rows_scatter_add(B, H, pooler->at, pooler->rows, pass->model->dout);
}

void pooler_backward(const struct pass *pass, int64_t count) {
    const struct pooler *pooler = &pass->model->pooler;
    size_t weight = pooler->dense.weight;
    int64_t H = pass->model->options.shape.H;
#pragma omp single
    activate_back(pass, count);
    dense_backward_weight(count, H, H, pooler->rows, pooler->dpooled,
                          pass->grads + weight);
    dense_backward_input(count, H, H, pass->weights + weight, pooler->dpooled,
                         pooler->rows);
#pragma omp single
    scatter(pass, count);
}
