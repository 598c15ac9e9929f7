/* SPDX-License-Identifier: Apache-2.0 */
/* A layer, see layer.h, cut so that rows stay in a thread's cache: what goes row by
 * row, all but attention itself, is done for a block of rows from its first product to
 * its last LayerNorm.  Weights are packed once for all blocks.  On the way down the
 * gradient of the stream goes likewise; those of the weights, which are sums over all
 * rows, come behind (see weights.h). */
#include "src/model/layer.h"

#include <string.h>

#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/attention.h"
#include "src/model/weights.h"

void layer_place(struct model *model, int64_t layer, struct carve *carve) {
    struct layer_state *state = &model->layers[layer];
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    int64_t F_ld = gemm_stride(model->options.shape.F);
    attention_place(model, layer, carve);
    state_place_norm(&state->attention_norm, carve, T, H);
    state->middle = carve_floats(carve, T, H);
    state->slope = carve_floats(carve, T, F_ld);
    state->act = carve_floats(carve, T, F_ld);
    state_place_norm(&state->output_norm, carve, T, H);
    state->out = carve_floats(carve, T, H);
}

void layer_place_shared(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    weights_place(model, carve);
    attention_place_shared(model, carve);
    model->chosen_x = carve_floats(carve, T, H);
    model->dx = carve_floats(carve, T, H);
    model->dout = carve_floats(carve, T, H);
    model->dattention = carve_floats(carve, T, H);
    model->ddown = carve_floats(carve, T, H);
    model->dup = carve_floats(carve, T, gemm_stride(model->options.shape.F));
}

/* A layer on its way through a pass. */
struct level {
    const struct pass *pass;
    const struct model *model;
    const struct layer_places *at;
    const struct layer_state *state;
    struct layer_weights weights;
    int64_t layer, T, R, H, F, G, F_ld;
    const int32_t *rows; /* (R) the rows it computes; NULL: all */
    const float *x;      /* (R,H) its input there */
};

static struct level level_of(const struct pass *pass, int64_t layer, const float *x) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    struct level v = {.pass = pass,
                      .model = model,
                      .at = &model->places.layers[layer],
                      .state = &model->layers[layer],
                      .layer = layer,
                      .T = pass->T,
                      .R = pass->T,
                      .H = shape->H,
                      .F = shape->F,
                      .G = gemm_stride(2 * shape->H),
                      .F_ld = gemm_stride(shape->F),
                      .x = x};
    if (layer + 1 == shape->L && !pass->all_chosen) {
        v.R = pass->R;
        v.rows = model->chosen;
        v.x = model->chosen_x;
    }
    return v;
}

/* ---- upward ---- */

/* Queries of the rows the layer computes, keys and values of all. */
static void project(const struct level *v, const float *x) {
    const float *bias = v->pass->weights + v->at->qkv.bias;
    int64_t H = v->H, G = v->G, blocks = block_count(v->T);
    enum stage outer = stage_to(STAGE_QKV);
#pragma omp for schedule(dynamic) nowait
    for (int64_t i = 0; i < block_count(v->R); i++) {
        struct block b = block_of(v->R, i);
        float *q = v->state->q + b.first * H;
        if (v->rows)
            rows_gather(b.count, H, v->rows + b.first, x,
                        v->model->chosen_x + b.first * H);
        gemm_rows(b.count, v->x + b.first * H, H, &v->weights.packed[WEIGHT_Q], false,
                  q, H);
        vec_add_bias(b.count, H, H, q, bias);
    }
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = block_of(v->T, i);
        float *kv = v->state->kv + b.first * G;
        gemm_rows(b.count, x + b.first * H, H, &v->weights.packed[WEIGHT_KV], false, kv,
                  G);
        vec_add_bias(b.count, 2 * H, G, kv, bias + H);
        pass_poll(v->pass);
    }
    stage_to(outer);
}

/* The end of a branch: bias, dropout, the residual sum and LayerNorm, of a block whose
 * product lies in xhat. */
static void end_branch(const struct level *v, struct block b, enum dropout_site site,
                       size_t bias, const struct norm_places *places,
                       const struct norm_state *norm, const float *residual,
                       float *out) {
    const float *w = v->pass->weights;
    int64_t H = v->H, at = b.first * H;
    uint8_t *keep = norm->keep + b.first * ((H + 7) / 8);
    stage_to(STAGE_NORM);
    pass_draw(v->pass, pass_site(v->layer, site), v->rows, b.first, b.count, keep);
    layernorm_residual(b.count, H, norm->xhat + at, w + bias, keep,
                       v->pass->hidden_threshold, residual + at, w + places->weight,
                       w + places->bias, v->model->options.shape.norm_eps, out + at,
                       norm->rstd + b.first);
}

static void forward_block(const struct level *v, struct block b) {
    const struct layer_state *state = v->state;
    const struct gemm_packed *packed = v->weights.packed;
    int64_t H = v->H, F_ld = v->F_ld, at = b.first * H, wide = b.first * F_ld;
    enum stage outer = stage_to(STAGE_OUTPUT);
    gemm_rows(b.count, state->context + at, H, &packed[WEIGHT_ATTENTION], false,
              state->attention_norm.xhat + at, H);
    end_branch(v, b, SITE_ATTENTION, v->at->attention_output.bias,
               &v->at->attention_norm, &state->attention_norm, v->x, state->middle);
    stage_to(STAGE_UP);
    gemm_rows(b.count, state->middle + at, H, &packed[WEIGHT_UP], false,
              state->slope + wide, F_ld);
    stage_to(STAGE_GELU);
    gelu_forward(b.count, v->F, F_ld, state->slope + wide,
                 v->pass->weights + v->at->intermediate.bias, state->act + wide,
                 v->model->options.shape.gelu == GELU_TANH);
    stage_to(STAGE_DOWN);
    gemm_rows(b.count, state->act + wide, F_ld, &packed[WEIGHT_DOWN], false,
              state->output_norm.xhat + at, H);
    end_branch(v, b, SITE_OUTPUT, v->at->output.bias, &v->at->output_norm,
               &state->output_norm, state->middle, state->out);
    stage_to(outer);
    pass_poll(v->pass);
}

void layer_forward(const struct pass *pass, int64_t layer, const float *x) {
    struct level v = level_of(pass, layer, x);
    int64_t blocks = block_count(v.R);
    weights_pack(&v.weights, pass, layer, GEMM_T);
    project(&v, x);
    attention_forward(pass, layer);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        forward_block(&v, block_of(v.R, i));
}

/* ---- downward ---- */

/* From the gradient of a LayerNorm's output to that of the stream before it, in place,
 * and that of the branch; its columns are summed to where the block's sums are. */
static void begin_branch(const struct level *v, struct block b,
                         const struct norm_places *places,
                         const struct norm_state *norm, float *d, float *dbranch,
                         const struct branch_sums *sums) {
    int64_t H = v->H, at = b.first * H;
    stage_to(STAGE_DNORM);
    layernorm_backward(b.count, H, norm->xhat + at, v->pass->weights + places->weight,
                       norm->rstd + b.first, d, d, sums->norm_weight, sums->norm_bias);
    dropout_apply(b.count, H, H, v->pass->hidden_threshold,
                  norm->keep + b.first * ((H + 7) / 8), d, dbranch + at);
    vec_sum_rows(b.count, H, H, dbranch + at, sums->bias);
}

/* From dout to what enters attention from above, and, in dout's place, the gradient
 * that goes past it. */
static void backward_block(const struct level *v, int64_t i, float *dout) {
    const struct layer_state *state = v->state;
    const struct model *model = v->model;
    const struct gemm_packed *packed = v->weights.packed;
    struct block b = block_of(v->R, i);
    int64_t H = v->H, F = v->F, F_ld = v->F_ld, at = b.first * H;
    struct layer_sums sums = weights_sums(v->model, i);
    float *d = dout + at;
    float *dup = model->dup + b.first * F_ld; /* first of act, then before gelu */
    enum stage outer = stage_to(STAGE_DNORM);
    memset(sums.of_some, 0, sums.of_some_bytes);
    begin_branch(v, b, &v->at->output_norm, &state->output_norm, d, model->ddown,
                 &sums.output);
    stage_to(STAGE_DDOWN);
    gemm_rows(b.count, model->ddown + at, H, &packed[WEIGHT_DOWN], false, dup, F_ld);
    stage_to(STAGE_DGELU);
    vec_multiply(b.count * F_ld, state->slope + b.first * F_ld, dup);
    vec_sum_rows(b.count, F, F_ld, dup, sums.intermediate);
    stage_to(STAGE_DUP);
    gemm_rows(b.count, dup, F_ld, &packed[WEIGHT_UP], true, d, H);
    begin_branch(v, b, &v->at->attention_norm, &state->attention_norm, d,
                 model->dattention, &sums.attention);
    stage_to(STAGE_DOUTPUT);
    gemm_rows(b.count, model->dattention + at, H, &packed[WEIGHT_ATTENTION], false,
              model->dcontext + at, H);
    stage_to(outer);
    pass_poll(v->pass);
}

/* Adds what came through queries to the gradient d (R,H) of their rows. */
static void query_block(const struct level *v, int64_t i, float *d) {
    struct block b = block_of(v->R, i);
    int64_t H = v->H, at = b.first * H;
    gemm_rows(b.count, v->model->dq + at, H, &v->weights.packed[WEIGHT_Q], true, d + at,
              H);
    vec_sum_rows(b.count, H, H, v->model->dq + at, weights_sums(v->model, i).query);
    pass_poll(v->pass);
}

static void key_block(const struct level *v, int64_t i, bool add) {
    struct block b = block_of(v->T, i);
    int64_t H = v->H, G = v->G;
    const float *dkv = v->model->dkv + b.first * G;
    float *sums = weights_sums(v->model, i).key_value;
    memset(sums, 0, (size_t)(2 * H) * sizeof *sums);
    gemm_rows(b.count, dkv, G, &v->weights.packed[WEIGHT_KV], add,
              v->model->dx + b.first * H, H);
    vec_sum_rows(b.count, 2 * H, G, dkv, sums);
    pass_poll(v->pass);
}

/* Where the layer computes only some rows, theirs are added to what all get from keys
 * and values. */
static void gather_input_gradient(const struct level *v, float *d) {
    int64_t of_some = block_count(v->R), of_all = block_count(v->T), H = v->H;
    enum stage outer = stage_to(STAGE_DQKV);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < of_some; i++)
        query_block(v, i, d);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < of_all; i++)
        key_block(v, i, v->rows == NULL);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < (v->rows ? of_some : 0); i++) {
        struct block b = block_of(v->R, i);
        rows_scatter_add(b.count, H, v->rows + b.first, d + b.first * H, v->model->dx);
    }
    stage_to(outer);
}

void layer_backward(const struct pass *pass, int64_t layer, const float *x,
                    float *dout) {
    struct level v = level_of(pass, layer, x);
    const struct model *model = pass->model;
    const struct layer_state *state = v.state;
    int64_t blocks = block_count(v.R), H = v.H;
    weights_pack(&v.weights, pass, layer, GEMM_N);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(&v, i, dout);
    attention_backward(pass, layer);
    gather_input_gradient(&v, dout);
    const struct weight_terms terms[WEIGHTS] = {
        [WEIGHT_Q] = {v.R, model->dq, H, v.x, H},
        [WEIGHT_KV] = {v.T, model->dkv, v.G, x, H},
        [WEIGHT_ATTENTION] = {v.R, model->dattention, H, state->context, H},
        [WEIGHT_UP] = {v.R, model->dup, v.F_ld, state->middle, H},
        [WEIGHT_DOWN] = {v.R, model->ddown, H, state->act, v.F_ld}};
    weights_add(&v.weights, pass, terms);
    weights_add_sums(pass, layer, v.R);
}
