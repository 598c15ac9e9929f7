/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model of Devlin et al. (2018): which token was there?  Rows that
 * are masked go through dense, gelu and LayerNorm to the decoder, which is the word
 * embedding (kernels/decoder.h).  No other row is looked at. */
#include "src/model/mlm.h"

#include "src/base/stage.h"
#include "src/kernels/decoder.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/dense.h"
#include "src/model/objective.h"

static void mlm_place(struct model *model, struct carve *carve) {
    const struct model_options *options = &model->options;
    struct mlm_state *mlm = &model->mlm;
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

/* Masked rows first … first+n-1 (n at most MLM_SLAB) of x (R,H), into mlm->out (n,H).
 */
static void mlm_forward(const struct pass *pass, const float *x, int64_t first,
                        int64_t n) {
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

/* The decoder's logits (n,V) of those. */
static void mlm_logits(const struct pass *pass, int64_t n, float *logits) {
    const struct model *model = pass->model;
    const struct places *at = &model->places;
    int64_t H = model->options.shape.H, V = model->options.shape.V;
    dense_forward(n, H, V, model->mlm.out, pass->weights + at->embedding.word, logits);
    vec_add_bias(n, V, V, logits, pass->weights + at->heads.decoder_bias);
}

/* From mlm->dout (n,H), after mlm_forward of the same rows: adds to the gradients of
 * its weights, and to those rows of model->dout (R,H). */
static void mlm_backward(const struct pass *pass, int64_t first, int64_t n) {
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

/* Rows of equal slabs, as few of them as MLM_SLAB allows. */
static int64_t slab_rows(int64_t M) {
    int64_t slabs = (M + MLM_SLAB - 1) / MLM_SLAB;
    return (M + slabs - 1) / slabs;
}

/* Team.  The decoder is the word embedding, so its gradient goes there. */
static void mlm_slab(const struct pass *pass, const float *x, int64_t first, int64_t n,
                     struct sum *sum) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    size_t word = model->places.embedding.word, bias = model->places.heads.decoder_bias;
    struct decoder decoder = {.rows = n,
                              .H = shape->H,
                              .V = shape->V,
                              .x = model->mlm.out,
                              .weight = pass->weights + word,
                              .bias = pass->weights + bias,
                              .labels = pass->labels + first,
                              .scratch = model->mlm.scratch};
    if (pass->grads) {
        decoder.scale = pass->scale[OBJECTIVE_MLM];
        decoder.dx = model->mlm.dout;
        decoder.dweight = pass->grads + word;
        decoder.dbias = pass->grads + bias;
    }
    enum stage outer = stage_to(STAGE_MLM);
#pragma omp single
    mlm_forward(pass, x, first, n);
    decoder_loss(&decoder, &sum->loss, &sum->correct);
    stage_to(STAGE_DMLM);
#pragma omp single
    if (decoder.scale != 0)
        mlm_backward(pass, first, n);
    stage_to(outer);
}

/* Team. */
static void mlm_run(const struct pass *pass, const float *x, struct sum *sum) {
    int64_t M = pass->M;
    if (M == 0)
        return;
    for (int64_t first = 0, slab = slab_rows(M); first < M; first += slab)
        mlm_slab(pass, x, first, first + slab < M ? slab : M - first, sum);
#pragma omp single
    sum->count += M;
}

void mlm_predict(const struct pass *pass, const float *x, float *logits) {
    int64_t V = pass->model->options.shape.V;
    for (int64_t first = 0; first < pass->M; first += MLM_SLAB) {
        int64_t left = pass->M - first, n = left < MLM_SLAB ? left : MLM_SLAB;
        mlm_forward(pass, x, first, n);
        mlm_logits(pass, n, logits + first * V);
    }
}

static int64_t mlm_count(const struct batch *batch) { return batch->M; }

const struct objective mlm_objective = {mlm_place, mlm_count, mlm_run};
