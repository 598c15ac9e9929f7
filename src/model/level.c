/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of layer do alike: see level.h.  Rows stay in a thread's cache: what
 * goes row by row, all but attention itself, is done for a block of rows from its first
 * product to its last.  Weights are packed once for all blocks; their gradients, which
 * are sums over all rows, come last (weights.h). */
#include "src/model/level.h"

#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/vec.h"
#include "src/model/attention.h"

/* Floats that a block of rows has of a product which the next kernel rounds: they stay
 * in the second cache with what is made of them. */
enum { STRIP = 96 << 10 };

static int64_t strip_columns(void) {
    return STRIP / GEMM_BLOCK_ROWS_MAX / GEMM_GROUP * GEMM_GROUP;
}

static int64_t strip_floats(const struct model *model) {
    int64_t H = model->options.shape.H, ld = gemm_stride(strip_columns());
    return model->kind == NUMBER_F32 ? 0 : GEMM_BLOCK_ROWS_MAX * (ld > H ? ld : H);
}

/* ---- memory ---- */

/* In single precision a layer keeps the stream.  Where it keeps rounded copies, the
 * stream itself goes through one place in a layer, and to and fro between two from
 * layer to layer; unless it is what layers are computed from again. */
static void place_streams(struct model *model, int64_t layer, enum number read,
                          struct carve *carve) {
    struct layer_state *state = &model->layers[layer], *first = model->layers;
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    bool passes = model->kind != NUMBER_F32,
         again = model->options.recompute == RECOMPUTE_LAYER;
    float *middle = passes && layer > 0 ? first->middle.at : carve_floats(carve, T, H);
    float *out =
        passes && layer > 1 ? first[layer % 2].out.at : carve_floats(carve, T, H);
    state->middle = state_place_stream(read, carve, middle, T, H);
    state->out = state_place_stream(again ? NUMBER_F32 : read, carve, out, T, H);
}

void level_place(struct model *model, int64_t layer, enum number read,
                 struct carve *carve) {
    struct layer_state *state = &model->layers[layer];
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    int64_t F_ld = gemm_stride(model->options.shape.F);
    place_streams(model, layer, read, carve);
    attention_place(model, layer, carve);
    state_place_norm(&state->attention_norm, model->kind, carve, T, H);
    state->slope = state_place(model->kind, carve, T, F_ld);
    state->act = state_place(model->kind, carve, T, F_ld);
    state_place_norm(&state->output_norm, model->kind, carve, T, H);
}

void level_place_shared(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    weights_place(model, carve);
    attention_place_shared(model, carve);
    model->strips = carve_floats(carve, model->threads, strip_floats(model));
    model->chosen_in =
        state_place_stream(model->kind, carve, carve_floats(carve, T, H), T, H);
}

void level_place_down(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    weights_place_down(model, carve);
    attention_place_down(model, carve);
    model->dx = carve_floats(carve, T, H);
    model->dout = carve_floats(carve, T, H);
    model->dattention = state_place(model->kind, carve, T, H);
    model->ddown = state_place(model->kind, carve, T, H);
    model->dup =
        state_place(model->kind, carve, T, gemm_stride(model->options.shape.F));
    if (model_targets(model->options.objectives) & TARGET_ATTENTION)
        model->dattended =
            carve_floats(carve, T, 3 * model->options.shape.A * model->options.shape.D);
}

struct level level_begin(const struct pass *pass, int64_t layer, enum gemm_op op) {
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
                      .W = shape->A * shape->D,
                      .F = shape->F};
    if (layer + 1 == model->depth && !pass->all_chosen) {
        v.R = pass->R;
        v.rows = model->chosen;
    }
    weights_pack(&v.weights, pass, layer, op);
    return v;
}

struct stream level_chosen(const struct level *v, const struct stream *in) {
    struct stream chosen = v->model->chosen_in;
    if (v->rows == NULL)
        return *in;
    if (in->read.kind == NUMBER_F32)
        chosen.read = matrix_f32(chosen.at, v->H);
    return chosen;
}

float *level_room(const struct level *v, struct matrix to) {
    int64_t thread = omp_get_thread_num();
    CHECK(thread < v->model->threads);
    return to.kind == NUMBER_F32 ? to.at
                                 : v->model->strips + thread * strip_floats(v->model);
}

/* Columns of a product of some rows, for the kernel that comes next. */
struct strip {
    struct matrix at; /* (rows,n) in single precision */
    int64_t column, n;
};

/* The next columns of what that kernel makes `to` of: all at once and in its place, or,
 * where it rounds, a strip of them.  Begin with zeros. */
static bool strip_next(const struct level *v, enum stage stage, int64_t rows,
                       struct matrix a, const struct gemm_packed *packed,
                       struct matrix to, struct strip *strip) {
    int64_t most = to.kind == NUMBER_F32 ? packed->n : strip_columns();
    int64_t left = packed->n - (strip->column += strip->n);
    strip->n = left < most ? left : most;
    if (left == 0)
        return false;
    const struct gemm_packed columns = gemm_part(packed, strip->column, strip->n);
    strip->at = matrix_f32(level_room(v, to),
                           to.kind == NUMBER_F32 ? to.ld : gemm_stride(strip->n));
    stage_to(stage);
    gemm_rows(rows, a, &columns, false, strip->at);
    return true;
}

/* ---- up ---- */

/* y (T,n) = in (T,H) · weightᵀ + bias, of a block. */
static void project_block(const struct level *v, struct block b, struct matrix in,
                          enum layer_weight weight, const float *bias,
                          struct matrix y) {
    const struct gemm_packed *packed = &v->weights.packed[weight];
    in = matrix_from(in, b.first, 0);
    y = matrix_from(y, b.first, 0);
    for (struct strip s = {.n = 0};
         strip_next(v, STAGE_QKV, b.count, in, packed, y, &s);)
        vec_add_bias(b.count, s.n, s.at, bias + s.column, matrix_from(y, 0, s.column));
}

/* Of a block of the rows that the layer computes, where these are some: what queries
 * are made of, and what is added to. */
static void choose(const struct level *v, struct block b, const struct stream *in,
                   const struct stream *chosen) {
    const int32_t *rows = v->rows + b.first;
    rows_gather(b.count, v->H, rows, in->read, matrix_from(chosen->read, b.first, 0));
    if (in->at && in->read.kind != NUMBER_F32)
        rows_gather(b.count, v->H, rows, matrix_f32(in->at, v->H),
                    matrix_f32(chosen->at + b.first * v->H, v->H));
}

/* Queries of the rows the layer computes, keys and values of all. */
static void project(const struct level *v, const struct stream *in) {
    const float *bias = v->pass->weights + v->at->qkv.bias;
    const struct stream chosen = level_chosen(v, in);
    int64_t blocks = block_count(v->T);
    enum stage outer = stage_to(STAGE_QKV);
#pragma omp for schedule(dynamic) nowait
    for (int64_t i = 0; i < block_count(v->R); i++) {
        struct block b = block_of(v->R, i);
        if (v->rows)
            choose(v, b, in, &chosen);
        project_block(v, b, chosen.read, WEIGHT_Q, bias, v->state->q);
    }
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < blocks; i++) {
        project_block(v, block_of(v->T, i), in->read, WEIGHT_KV, bias + v->W,
                      v->state->kv);
        pass_poll(v->pass);
    }
    stage_to(outer);
}

void level_attend(const struct level *v, const struct stream *in) {
    project(v, in);
    attention_forward(v->pass, v->layer);
}

void level_attention_output(const struct level *v, struct block b, float *out) {
    stage_to(STAGE_OUTPUT);
    gemm_rows(b.count, matrix_from(v->state->context, b.first, 0),
              &v->weights.packed[WEIGHT_ATTENTION], false, matrix_f32(out, v->H));
}

void level_feed_forward(const struct level *v, struct block b, struct matrix in,
                        float *out) {
    const struct gemm_packed *packed = v->weights.packed;
    const float *bias = v->pass->weights + v->at->intermediate.bias;
    struct matrix slope = matrix_from(v->state->slope, b.first, 0),
                  act = matrix_from(v->state->act, b.first, 0);
    in = matrix_from(in, b.first, 0);
    for (struct strip s = {.n = 0};
         strip_next(v, STAGE_UP, b.count, in, &packed[WEIGHT_UP], slope, &s);) {
        stage_to(STAGE_GELU);
        gelu_forward(b.count, s.n, s.at, bias + s.column,
                     matrix_from(slope, 0, s.column), matrix_from(act, 0, s.column),
                     v->model->options.shape.gelu == GELU_TANH);
    }
    stage_to(STAGE_DOWN);
    gemm_rows(b.count, act, &packed[WEIGHT_DOWN], false, matrix_f32(out, v->H));
}

/* ---- down ---- */

struct layer_sums level_sums(const struct level *v, int64_t i) {
    struct layer_sums sums = weights_sums(v->model, i);
    memset(sums.all, 0, v->model->sums_bytes);
    return sums;
}

void level_branch_back(const struct level *v, struct block b,
                       const struct norm_state *norm, const float *d,
                       struct matrix dbranch, float *bias_sums) {
    int64_t H = v->H;
    struct matrix to = matrix_from(dbranch, b.first, 0);
    dropout_apply(b.count, H, v->pass->hidden_threshold,
                  norm->keep + b.first * ((H + 7) / 8), matrix_f32(d + b.first * H, H),
                  to);
    vec_sum_rows(b.count, H, to, bias_sums);
}

void level_feed_forward_back(const struct level *v, struct block b, float *sums,
                             bool add, float *din) {
    const struct gemm_packed *packed = v->weights.packed;
    struct matrix ddown = matrix_from(v->model->ddown, b.first, 0),
                  slope = matrix_from(v->state->slope, b.first, 0),
                  dup = matrix_from(v->model->dup, b.first, 0);
    for (struct strip s = {.n = 0};
         strip_next(v, STAGE_DDOWN, b.count, ddown, &packed[WEIGHT_DOWN], dup, &s);) {
        struct matrix to = matrix_from(dup, 0, s.column);
        stage_to(STAGE_DGELU);
        gelu_backward(b.count, s.n, s.at, matrix_from(slope, 0, s.column), to);
        vec_sum_rows(b.count, s.n, to, sums + s.column);
    }
    stage_to(STAGE_DUP);
    gemm_rows(b.count, dup, &packed[WEIGHT_UP], add,
              matrix_f32(din + b.first * v->H, v->H));
}

void level_attention_output_back(const struct level *v, struct block b) {
    stage_to(STAGE_DOUTPUT);
    gemm_rows(b.count, matrix_from(v->model->dattention, b.first, 0),
              &v->weights.packed[WEIGHT_ATTENTION], false,
              matrix_from(v->model->dcontext, b.first, 0));
}

/* From the gradient of a block's queries, or of its keys and values, to that of what
 * was projected. */
static void project_back(const struct level *v, struct block b, struct matrix dy,
                         enum layer_weight weight, float *d, bool add, float *sums) {
    const struct gemm_packed *packed = &v->weights.packed[weight];
    dy = matrix_from(dy, b.first, 0);
    gemm_rows(b.count, dy, packed, add, matrix_f32(d + b.first * v->H, v->H));
    vec_sum_rows(b.count, packed->k, dy, sums);
    pass_poll(v->pass);
}

static void query_block(const struct level *v, int64_t i, float *d, bool add) {
    project_back(v, block_of(v->R, i), v->model->dq, WEIGHT_Q, d, add,
                 weights_sums(v->model, i).query);
}

/* Blocks of rows that the layer does not compute begin here. */
static void key_block(const struct level *v, int64_t i, float *d, bool add) {
    struct layer_sums sums =
        i < block_count(v->R) ? weights_sums(v->model, i) : level_sums(v, i);
    project_back(v, block_of(v->T, i), v->model->dkv, WEIGHT_KV, d, add,
                 sums.key_value);
}

/* Of objectives that look at queries, keys and values: the layer has all rows. */
static void add_attended(const struct level *v) {
    const struct model *model = v->model;
    int64_t W = v->W;
#pragma omp for schedule(static)
    for (int64_t t = 0; t < v->T; t++) {
        const float *d = model->dattended + t * 3 * W;
        vec_add_rows(1, W, matrix_f32(d, W), matrix_from(model->dq, t, 0));
        vec_add_rows(1, 2 * W, matrix_f32(d + W, 2 * W), matrix_from(model->dkv, t, 0));
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

void level_end(const struct level *v, const struct stream *in, struct matrix up_in) {
    const struct model *model = v->model;
    const struct layer_state *state = v->state;
    const struct weight_terms terms[WEIGHTS] = {
        [WEIGHT_Q] = {v->R, model->dq, level_chosen(v, in).read},
        [WEIGHT_KV] = {v->T, model->dkv, in->read},
        [WEIGHT_ATTENTION] = {v->R, model->dattention, state->context},
        [WEIGHT_UP] = {v->R, model->dup, up_in},
        [WEIGHT_DOWN] = {v->R, model->ddown, state->act}};
    weights_add(&v->weights, v->pass, terms);
    weights_add_sums(v->pass, v->layer);
}
