/* SPDX-License-Identifier: Apache-2.0 */
/* The pretraining heads of Devlin et al. (2018): see heads.h.  Only rows that somebody
 * looks at go through them. */
#include "src/model/heads.h"

#include "src/kernels/decoder.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/gemm.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"

static void place_mlm(struct mlm_state *mlm, struct carve *carve,
                      const struct model_options *options) {
    int64_t H = options->shape.H, T = options->max_tokens,
            n = T < MLM_SLAB ? T : MLM_SLAB;
    mlm->rows = carve_floats(carve, n, H);
    mlm->slope = carve_floats(carve, n, H);
    mlm->xhat = carve_floats(carve, n, H);
    mlm->rstd = carve_floats(carve, n, 1);
    mlm->out = carve_floats(carve, n, H);
    mlm->dout = carve_floats(carve, n, H);
    mlm->scratch =
        carve_take(carve, (int64_t)decoder_scratch_bytes(n, H, options->shape.V), 1);
}

static void place_next(struct next_state *next, struct carve *carve,
                       const struct model_options *options) {
    int64_t H = options->shape.H, B = options->max_sequences;
    next->rows = carve_floats(carve, B, H);
    next->pooled = carve_floats(carve, B, H);
    next->dpooled = carve_floats(carve, B, H);
    next->logits = carve_floats(carve, B, 2);
}

void heads_place(struct model *model, struct carve *carve) {
    place_mlm(&model->mlm, carve, &model->options);
    place_next(&model->next, carve, &model->options);
}

/* A dense layer without its bias, by the calling thread. */
static void dense_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                          const float *w, float *y) {
    gemm(GEMM_N, GEMM_T, rows, out, in, x, in, w, in, false, y, out);
}

static void dense_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                                  const float *dy, float *dw) {
    gemm(GEMM_T, GEMM_N, out, in, rows, dy, out, x, in, true, dw, in);
}

static void dense_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                                 const float *dy, float *dx) {
    gemm(GEMM_N, GEMM_N, rows, in, out, dy, out, w, in, false, dx, in);
}

void mlm_forward(const struct pass *pass, const float *x, int64_t first, int64_t n) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct head_places *at = &model->places.heads;
    const struct mlm_state *mlm = &model->mlm;
    const float *w = pass->weights;
    int64_t H = shape->H;
    rows_gather(n, H, pass->masked + first, x, mlm->rows);
    dense_forward(n, H, H, mlm->rows, w + at->transform.weight, mlm->slope);
    gelu_forward(n, H, H, mlm->slope, w + at->transform.bias, mlm->xhat,
                 shape->gelu == GELU_TANH);
    layernorm_forward(n, H, mlm->xhat, w + at->transform_norm.weight,
                      w + at->transform_norm.bias, shape->norm_eps, mlm->out,
                      mlm->rstd);
}

void mlm_logits(const struct pass *pass, int64_t n, float *logits) {
    const struct model *model = pass->model;
    const struct places *at = &model->places;
    int64_t H = model->options.shape.H, V = model->options.shape.V;
    dense_forward(n, H, V, model->mlm.out, pass->weights + at->embedding.word, logits);
    vec_add_bias(n, V, V, logits, pass->weights + at->heads.decoder_bias);
}

void mlm_backward(const struct pass *pass, int64_t first, int64_t n) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct head_places *at = &model->places.heads;
    const struct mlm_state *mlm = &model->mlm;
    const float *w = pass->weights;
    float *g = pass->grads, *d = mlm->dout; /* (n,H) of out, of gelu, of pre */
    int64_t H = shape->H;
    layernorm_backward(n, H, mlm->xhat, w + at->transform_norm.weight, mlm->rstd, d, d,
                       g + at->transform_norm.weight, g + at->transform_norm.bias);
    vec_multiply(n * H, mlm->slope, d);
    vec_sum_rows(n, H, H, d, g + at->transform.bias);
    dense_backward_weight(n, H, H, mlm->rows, d, g + at->transform.weight);
    dense_backward_input(n, H, H, w + at->transform.weight, d, mlm->rows);
    rows_scatter_add(n, H, pass->masked + first, mlm->rows, model->dout);
}

void next_forward(const struct pass *pass, const float *x, float *logits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct next_state *next = &model->next;
    const float *w = pass->weights;
    int64_t B = pass->B, H = model->options.shape.H;
    rows_gather(B, H, model->first, x, next->rows);
    dense_forward(B, H, H, next->rows, w + at->pooler.weight, next->pooled);
    vec_add_bias(B, H, H, next->pooled, w + at->pooler.bias);
    vec_tanh(B * H, next->pooled, next->pooled);
    dense_forward(B, H, 2, next->pooled, w + at->next.weight, logits);
}

void next_backward(const struct pass *pass, const float *dlogits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct next_state *next = &model->next;
    const float *w = pass->weights;
    float *g = pass->grads, *d = next->dpooled; /* (B,H) behind tanh, then before it */
    int64_t B = pass->B, H = model->options.shape.H;
    vec_sum_rows(B, 2, 2, dlogits, g + at->next.bias);
    dense_backward_weight(B, H, 2, next->pooled, dlogits, g + at->next.weight);
    dense_backward_input(B, H, 2, w + at->next.weight, dlogits, d);
    vec_tanh_backward(B * H, next->pooled, d, d);
    vec_sum_rows(B, H, H, d, g + at->pooler.bias);
    dense_backward_weight(B, H, H, next->rows, d, g + at->pooler.weight);
    dense_backward_input(B, H, H, w + at->pooler.weight, d, next->rows);
    rows_scatter_add(B, H, model->first, next->rows, model->dout);
}
