/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of layer do alike: see level.h.  Rows stay in a thread's cache: what
 * goes row by row, all but attention itself, is done for a block of rows from its first
 * product to its last.  Weights are packed once for all blocks; their gradients, which
 * are sums over all rows, come last (weights.h). */
#include "src/model/level.h"

#include <string.h>

#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/vec.h"
#include "src/model/attention.h"

void level_place(struct model *model, int64_t layer, struct carve *carve) {
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

void level_place_shared(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    weights_place(model, carve);
    attention_place_shared(model, carve);
    model->chosen_in = carve_floats(carve, T, H);
}

void level_place_down(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    weights_place_down(model, carve);
    attention_place_down(model, carve);
    model->dx = carve_floats(carve, T, H);
    model->dout = carve_floats(carve, T, H);
    model->dattention = carve_floats(carve, T, H);
    model->ddown = carve_floats(carve, T, H);
    model->dup = carve_floats(carve, T, gemm_stride(model->options.shape.F));
    if (model_targets(model->options.objectives) & TARGET_ATTENTION)
        model->dattended =
            carve_floats(carve, T, 3 * model->options.shape.A * model->options.shape.D);
}

struct level level_begin(const struct pass *pass, int64_t layer, enum gemm_op op) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    int64_t W = shape->A * shape->D;
    struct level v = {.pass = pass,
                      .model = model,
                      .at = &model->places.layers[layer],
                      .state = &model->layers[layer],
                      .layer = layer,
                      .T = pass->T,
                      .R = pass->T,
                      .H = shape->H,
                      .W = W,
                      .F = shape->F,
                      .G = gemm_stride(2 * W),
                      .F_ld = gemm_stride(shape->F)};
    if (layer + 1 == model->depth && !pass->all_chosen) {
        v.R = pass->R;
        v.rows = model->chosen;
    }
    weights_pack(&v.weights, pass, layer, op);
    return v;
}

const float *level_chosen(const struct level *v, const float *in) {
    return v->rows ? v->model->chosen_in : in;
}

/* ---- up ---- */

/* Queries of the rows the layer computes, keys and values of all. */
static void project(const struct level *v, const float *in) {
    const float *bias = v->pass->weights + v->at->qkv.bias;
    int64_t H = v->H, W = v->W, G = v->G, blocks = block_count(v->T);
    enum stage outer = stage_to(STAGE_QKV);
#pragma omp for schedule(dynamic) nowait
    for (int64_t i = 0; i < block_count(v->R); i++) {
        struct block b = block_of(v->R, i);
        float *q = v->state->q + b.first * W;
        if (v->rows)
            rows_gather(b.count, H, v->rows + b.first, in,
                        v->model->chosen_in + b.first * H);
        gemm_rows(b.count, matrix_f32(level_chosen(v, in) + b.first * H, H),
                  &v->weights.packed[WEIGHT_Q], false, matrix_f32(q, W));
        vec_add_bias(b.count, W, W, q, bias);
    }
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++) {
        struct block b = block_of(v->T, i);
        float *kv = v->state->kv + b.first * G;
        gemm_rows(b.count, matrix_f32(in + b.first * H, H),
                  &v->weights.packed[WEIGHT_KV], false, matrix_f32(kv, G));
        vec_add_bias(b.count, 2 * W, G, kv, bias + W);
        pass_poll(v->pass);
    }
    stage_to(outer);
}

void level_attend(const struct level *v, const float *in) {
    project(v, in);
    attention_forward(v->pass, v->layer);
}

void level_attention_output(const struct level *v, struct block b, float *out) {
    stage_to(STAGE_OUTPUT);
    gemm_rows(b.count, matrix_f32(v->state->context + b.first * v->W, v->W),
              &v->weights.packed[WEIGHT_ATTENTION], false,
              matrix_f32(out + b.first * v->H, v->H));
}

void level_feed_forward(const struct level *v, struct block b, const float *in,
                        float *out) {
    const struct gemm_packed *packed = v->weights.packed;
    int64_t H = v->H, F_ld = v->F_ld, at = b.first * H, wide = b.first * F_ld;
    float *slope = v->state->slope + wide, *act = v->state->act + wide;
    stage_to(STAGE_UP);
    gemm_rows(b.count, matrix_f32(in + at, H), &packed[WEIGHT_UP], false,
              matrix_f32(slope, F_ld));
    stage_to(STAGE_GELU);
    gelu_forward(b.count, v->F, F_ld, slope,
                 v->pass->weights + v->at->intermediate.bias, act,
                 v->model->options.shape.gelu == GELU_TANH);
    stage_to(STAGE_DOWN);
    gemm_rows(b.count, matrix_f32(act, F_ld), &packed[WEIGHT_DOWN], false,
              matrix_f32(out + at, H));
}

/* ---- down ---- */

struct layer_sums level_sums(const struct level *v, int64_t i) {
    struct layer_sums sums = weights_sums(v->model, i);
    memset(sums.all, 0, v->model->sums_bytes);
    return sums;
}

void level_branch_back(const struct level *v, struct block b,
                       const struct norm_state *norm, const float *d, float *dbranch,
                       float *bias_sums) {
    int64_t H = v->H, at = b.first * H;
    dropout_apply(b.count, H, H, v->pass->hidden_threshold,
                  norm->keep + b.first * ((H + 7) / 8), d + at, dbranch + at);
    vec_sum_rows(b.count, H, H, dbranch + at, bias_sums);
}

void level_feed_forward_back(const struct level *v, struct block b, float *sums,
                             bool add, float *din) {
    const struct gemm_packed *packed = v->weights.packed;
    int64_t H = v->H, F_ld = v->F_ld, at = b.first * H, wide = b.first * F_ld;
    float *dup = v->model->dup + wide; /* first of act, then before gelu */
    stage_to(STAGE_DDOWN);
    gemm_rows(b.count, matrix_f32(v->model->ddown + at, H), &packed[WEIGHT_DOWN], false,
              matrix_f32(dup, F_ld));
    stage_to(STAGE_DGELU);
    vec_multiply(b.count * F_ld, v->state->slope + wide, dup);
    vec_sum_rows(b.count, v->F, F_ld, dup, sums);
    stage_to(STAGE_DUP);
    gemm_rows(b.count, matrix_f32(dup, F_ld), &packed[WEIGHT_UP], add,
              matrix_f32(din + at, H));
}

void level_attention_output_back(const struct level *v, struct block b) {
    stage_to(STAGE_DOUTPUT);
    gemm_rows(b.count, matrix_f32(v->model->dattention + b.first * v->H, v->H),
              &v->weights.packed[WEIGHT_ATTENTION], false,
              matrix_f32(v->model->dcontext + b.first * v->W, v->W));
}

static void query_block(const struct level *v, int64_t i, float *d, bool add) {
    struct block b = block_of(v->R, i);
    int64_t W = v->W;
    const float *dq = v->model->dq + b.first * W;
    gemm_rows(b.count, matrix_f32(dq, W), &v->weights.packed[WEIGHT_Q], add,
              matrix_f32(d + b.first * v->H, v->H));
    vec_sum_rows(b.count, W, W, dq, weights_sums(v->model, i).query);
    pass_poll(v->pass);
}

/* Blocks of rows that the layer does not compute begin here. */
static void key_block(const struct level *v, int64_t i, float *d, bool add) {
    struct block b = block_of(v->T, i);
    int64_t W = v->W, G = v->G;
    const float *dkv = v->model->dkv + b.first * G;
    struct layer_sums sums =
        i < block_count(v->R) ? weights_sums(v->model, i) : level_sums(v, i);
    gemm_rows(b.count, matrix_f32(dkv, G), &v->weights.packed[WEIGHT_KV], add,
              matrix_f32(d + b.first * v->H, v->H));
    vec_sum_rows(b.count, 2 * W, G, dkv, sums.key_value);
    pass_poll(v->pass);
}

/* Of objectives that look at queries, keys and values: the layer has all rows. */
static void add_attended(const struct level *v) {
    const struct model *model = v->model;
    int64_t W = v->W;
#pragma omp for schedule(static)
    for (int64_t t = 0; t < v->T; t++) {
        const float *d = model->dattended + t * 3 * W;
        vec_add(W, d, model->dq + t * W);
        vec_add(2 * W, d + W, model->dkv + t * v->G);
    }
}

void level_attend_back(const struct level *v, float *some, bool add, float *all) {
    attention_backward(v->pass, v->layer);
    if (v->model->dattended && v->pass->targets && v->layer + 1 == v->model->depth)
        add_attended(v);
    int64_t of_some = block_count(v->R), of_all = block_count(v->T), H = v->H;
    enum stage outer = stage_to(STAGE_DQKV);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < of_some; i++)
        query_block(v, i, some, add);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < of_all; i++)
        key_block(v, i, all, some == all);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < (some == all ? 0 : of_some); i++) {
        struct block b = block_of(v->R, i);
        rows_scatter_add(b.count, H, v->rows + b.first, some + b.first * H, all);
    }
    stage_to(outer);
}

void level_end(const struct level *v, const float *in, const float *up_in) {
    const struct model *model = v->model;
    const struct layer_state *state = v->state;
    int64_t H = v->H, W = v->W;
    const struct weight_terms terms[WEIGHTS] = {
        [WEIGHT_Q] = {v->R, matrix_f32(model->dq, W),
                      matrix_f32(level_chosen(v, in), H)},
        [WEIGHT_KV] = {v->T, matrix_f32(model->dkv, v->G), matrix_f32(in, H)},
        [WEIGHT_ATTENTION] = {v->R, matrix_f32(model->dattention, H),
                              matrix_f32(state->context, W)},
        [WEIGHT_UP] = {v->R, matrix_f32(model->dup, v->F_ld), matrix_f32(up_in, H)},
        [WEIGHT_DOWN] = {v->R, matrix_f32(model->ddown, H),
                         matrix_f32(state->act, v->F_ld)}};
    weights_add(&v->weights, v->pass, terms);
    weights_add_sums(v->pass, v->layer);
}
