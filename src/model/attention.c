/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-head self-attention (Vaswani et al. 2017) on rows without padding.
 *
 * A row of q holds the queries of all heads side by side, one of kv all keys and then
 * all values, so a head's part is a strided (s,D) view and nothing is transposed or
 * copied:
 *
 *     q row:  | q0 q1 … |      kv row:  | k0 k1 … | v0 v1 … |      each (D)
 *
 * Work is split by (span, head): a span is a sequence, or one of the isolated documents
 * packed in it, so that what may not see each other is never multiplied.  Such pieces
 * share nothing, so that any thread may take any.  All rows of a span are keys, but
 * only those that the layer computes (u of s) are queries.  Probabilities are kept
 * before dropout, which backward repeats from the kept bits; or nothing of both is
 * kept, and backward computes it again: the same products of the same rows, and bits
 * that are drawn by their place, so that all is the same to the bit. */
#include "src/model/attention.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/gemm.h"
#include "src/kernels/softmax.h"

/* Everything of one span and head. */
struct head {
    int64_t b;    /* the span's sequence */
    int64_t s, u; /* keys, queries */
    int64_t D;
    int64_t ld; /* of probs: (u,ld) */
    int64_t W, G;
    float scale;
    size_t q_at, kv_at;  /* elements: in q and context; in kv */
    float *probs;        /* NULL: are not kept */
    uint8_t *keep;       /* (u,s/8) */
    uint32_t first_row;  /* of this head and span in the sequence's dropout */
    const int32_t *rows; /* (u) of the chunk; NULL: all of the span */
    int32_t row;         /* the span's first */
};

static bool is_last(const struct pass *pass, int64_t layer) {
    return layer + 1 == pass->model->depth;
}

static struct head head_find(const struct pass *pass, int64_t layer, int64_t n,
                             int64_t a) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_state *state = &model->layers[layer];
    int64_t row = pass->spans[n], s = pass->spans[n + 1] - row;
    int64_t D = shape->D, W = shape->A * D, G = gemm_stride(2 * W);
    int64_t b = model->owners[row], before = row - pass->starts[b];
    int64_t ld = state_score_stride(s);
    size_t scores = model->score_at[n] * (size_t)shape->A + (size_t)(a * s * ld);
    struct head h = {.b = b,
                     .s = s,
                     .u = s,
                     .D = D,
                     .ld = ld,
                     .W = W,
                     .G = G,
                     .scale = (float)(1 / sqrt((double)D)),
                     .q_at = (size_t)(row * W + a * D),
                     .kv_at = (size_t)(row * G + a * D),
                     .first_row = (uint32_t)(shape->A * before + a * s),
                     .row = (int32_t)row};
    if (state->probs) {
        h.probs = state->probs + scores;
        h.keep = state->probs_keep + scores / 8; /* rows take ≤ ld / 8 */
    }
    if (is_last(pass, layer) && !pass->all_chosen) {
        int32_t first = model->chosen_spans[n];
        h.u = model->chosen_spans[n + 1] - first;
        h.q_at = (size_t)(first * W + a * D);
        h.rows = model->chosen + first;
    }
    return h;
}

/* What one thread needs beside: matrices of the span, packed, and rows of scores. */
struct desk {
    float *keys, *values;
    float *scores[2]; /* (ROWS,ld) each */
    /* Where a layer keeps no probabilities, these, and keys packed for the way up. */
    float *probs;  /* (ROWS,ld) */
    uint8_t *keep; /* (ROWS,s/8) */
    float *keys_up;
};

/* Queries are taken so many at a time: their scores stay in the second cache from the
 * product that makes them to the one that uses them. */
enum { ROWS = 128 };

static int64_t panel_floats(int64_t s, int64_t D) {
    int64_t wide = gemm_packed_floats(D, s), tall = gemm_packed_floats(s, D);
    return wide > tall ? wide : tall;
}

static bool keeps_probs(const struct model *model) {
    return !model->options.forward_only && model->options.recompute == RECOMPUTE_NONE;
}

static struct desk desk_place(const struct model *model, struct carve *carve) {
    int64_t longest = model->options.max_length;
    int64_t panel = panel_floats(longest, model->options.shape.D);
    int64_t scores = ROWS * state_score_stride(longest);
    struct desk desk = {0};
    desk.keys = carve_floats(carve, panel, 1);
    desk.values = carve_floats(carve, panel, 1);
    for (int i = 0; i < 2; i++)
        desk.scores[i] = carve_floats(carve, scores, 1);
    if (keeps_probs(model))
        return desk;
    desk.keys_up = carve_floats(carve, panel, 1);
    desk.probs = carve_floats(carve, scores, 1);
    desk.keep = carve_take(carve, scores / 8, 1);
    return desk;
}

/* Σ s · ld of spans is at most T · ld of the longest. */
void attention_place(struct model *model, int64_t layer, struct carve *carve) {
    const struct shape *shape = &model->options.shape;
    struct layer_state *state = &model->layers[layer];
    int64_t T = model->options.max_tokens, W = shape->A * shape->D;
    int64_t scores = T * state_score_stride(model->options.max_length) * shape->A;
    state->q = carve_floats(carve, T, W);
    state->kv = carve_floats(carve, T, gemm_stride(2 * W));
    if (keeps_probs(model)) {
        state->probs = carve_floats(carve, scores, 1);
        state->probs_keep = carve_take(carve, scores / 8, 1);
    }
    state->context = carve_floats(carve, T, W);
}

void attention_place_shared(struct model *model, struct carve *carve) {
    struct carve one = {0};
    desk_place(model, &one);
    model->desk_bytes = one.used_bytes;
    model->desks = carve_take(carve, model->threads, one.used_bytes);
}

void attention_place_down(struct model *model, struct carve *carve) {
    const struct shape *shape = &model->options.shape;
    int64_t T = model->options.max_tokens, W = shape->A * shape->D;
    model->dcontext = carve_floats(carve, T, W);
    model->dq = carve_floats(carve, T, W);
    model->dkv = carve_floats(carve, T, gemm_stride(2 * W));
}

static struct desk desk_of(const struct model *model) {
    int64_t thread = omp_get_thread_num();
    CHECK(thread < model->threads);
    struct carve carve = {.base = model->desks + (size_t)thread * model->desk_bytes};
    return desk_place(model, &carve);
}

static struct gemm_packed pack(enum gemm_op op, int64_t k, int64_t n, const float *b,
                               int64_t ld, float *panels) {
    const struct gemm_packed packed = {op, k, n, matrix_f32(b, ld), panels};
    for (int64_t group = 0; group < gemm_pack_groups(&packed); group++)
        gemm_pack(&packed, group);
    return packed;
}

/* ---- up ---- */

/* Of queries first … the probabilities (n,ld), and the bits (n,s/8) of those that drop
 * out: the layer's, or, where it keeps none, the thread's. */
struct probs {
    float *p;
    uint8_t *keep;
};

static struct probs probs_find(const struct model *model, const struct head *h,
                               int64_t first) {
    const struct desk desk = desk_of(model);
    if (h->probs == NULL)
        return (struct probs){desk.probs, desk.keep};
    return (struct probs){h->probs + first * h->ld, h->keep + first * ((h->s + 7) / 8)};
}

/* The bits of queries first … first+n-1. */
static void draw(const struct pass *pass, const struct head *h, int64_t layer,
                 int64_t first, int64_t n, uint8_t *keep) {
    struct dropout_key key = pass_dropout(pass, h->b, pass_site(layer, SITE_PROBS));
    int64_t bytes = (h->s + 7) / 8;
    if (h->rows == NULL) {
        dropout_draw(n, h->s, &key, h->first_row + (uint32_t)first,
                     pass->attention_threshold, keep);
        return;
    }
    for (int64_t i = first; i < first + n; i++, keep += bytes)
        dropout_draw(1, h->s, &key, h->first_row + (uint32_t)(h->rows[i] - h->row),
                     pass->attention_threshold, keep);
}

/* Of queries first … first+n-1. */
static struct probs probs_make(const struct pass *pass, const struct head *h,
                               int64_t layer, const struct gemm_packed *keys,
                               int64_t first, int64_t n) {
    const float *q = pass->model->layers[layer].q + h->q_at + first * h->W; /* (n,D) */
    const struct probs to = probs_find(pass->model, h, first);
    enum stage outer = stage_to(STAGE_SCORES);
    gemm_rows(n, matrix_f32(q, h->W), keys, false, matrix_f32(to.p, h->ld));
    stage_to(STAGE_SOFTMAX);
    softmax_forward(n, h->s, h->ld, h->scale, to.p);
    if (pass->attention_threshold)
        draw(pass, h, layer, first, n, to.keep);
    stage_to(outer);
    return to;
}

static void rows_forward(const struct pass *pass, const struct head *h, int64_t layer,
                         const struct gemm_packed *keys,
                         const struct gemm_packed *values, int64_t first, int64_t n) {
    const struct probs probs = probs_make(pass, h, layer, keys, first, n);
    float *context = pass->model->layers[layer].context + h->q_at + first * h->W;
    const float *p = probs.p; /* (n,ld), to the context (n,D) */
    enum stage outer = stage_to(STAGE_SOFTMAX);
    if (pass->attention_threshold) {
        float *dropped = desk_of(pass->model).scores[0];
        dropout_apply(n, h->s, h->ld, pass->attention_threshold, probs.keep, p,
                      dropped);
        p = dropped;
    }
    stage_to(STAGE_CONTEXT);
    gemm_rows(n, matrix_f32(p, h->ld), values, false, matrix_f32(context, h->W));
    stage_to(outer);
}

static void head_forward(const struct pass *pass, int64_t layer, int64_t n, int64_t a) {
    const struct layer_state *state = &pass->model->layers[layer];
    const struct head h = head_find(pass, layer, n, a);
    const struct desk desk = desk_of(pass->model);
    const float *k = state->kv + h.kv_at, *v = k + h.W; /* (s,D) each */
    if (h.u == 0)
        return;
    enum stage outer = stage_to(STAGE_SCORES);
    const struct gemm_packed keys = pack(GEMM_T, h.D, h.s, k, h.G, desk.keys);
    const struct gemm_packed values = pack(GEMM_N, h.s, h.D, v, h.G, desk.values);
    stage_to(outer);
    for (int64_t i = 0; i < h.u; i += ROWS)
        rows_forward(pass, &h, layer, &keys, &values, i,
                     h.u - i < ROWS ? h.u - i : ROWS);
    pass_poll(pass);
}

void attention_forward(const struct pass *pass, int64_t layer) {
    int64_t A = pass->model->options.shape.A;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < pass->N * A; i++)
        head_forward(pass, layer, i / A, i % A);
}

/* ---- down ---- */

/* From dcontext to dq of some queries, and their part of dk and dv: the first rows
 * write these. */
static void rows_backward(const struct pass *pass, const struct head *h, int64_t layer,
                          const struct gemm_packed *keys,
                          const struct gemm_packed *values, struct probs probs,
                          int64_t first, int64_t n) {
    const struct model *model = pass->model;
    const struct desk desk = desk_of(model);
    int64_t s = h->s, D = h->D, ld = h->ld, W = h->W, G = h->G;
    size_t at = h->q_at + (size_t)(first * W);
    const float *q = model->layers[layer].q + at,
                *dc = model->dcontext + at;          /* (n,D) */
    float *dk = model->dkv + h->kv_at, *dv = dk + W; /* (s,D) */
    const float *p = probs.p, *dropped = p;          /* (n,ld) */
    float *dp = desk.scores[0]; /* (n,ld) of what v was weighted by, of probs, of the
                                    scores: each in the other's place */
    enum stage outer = stage_to(STAGE_DCONTEXT);
    gemm_rows(n, matrix_f32(dc, W), values, false, matrix_f32(dp, ld));
    if (pass->attention_threshold) {
        stage_to(STAGE_DSOFTMAX);
        dropout_apply(n, s, ld, pass->attention_threshold, probs.keep, p,
                      desk.scores[1]);
        dropout_apply(n, s, ld, pass->attention_threshold, probs.keep, dp, dp);
        dropped = desk.scores[1];
    }
    stage_to(STAGE_DCONTEXT);
    gemm(GEMM_T, GEMM_N, s, D, n, matrix_f32(dropped, ld), matrix_f32(dc, W), first > 0,
         matrix_f32(dv, G));
    stage_to(STAGE_DSOFTMAX);
    softmax_backward(n, s, ld, h->scale, p, dp, dp);
    stage_to(STAGE_DSCORES);
    gemm_rows(n, matrix_f32(dp, ld), keys, false, matrix_f32(model->dq + at, W));
    gemm(GEMM_T, GEMM_N, s, D, n, matrix_f32(dp, ld), matrix_f32(q, W), first > 0,
         matrix_f32(dk, G));
    stage_to(outer);
}

/* From dcontext to this head's part of dq and dkv; without queries these are zeros. */
static void head_backward(const struct pass *pass, int64_t layer, int64_t n,
                          int64_t a) {
    const struct head h = head_find(pass, layer, n, a);
    const struct desk desk = desk_of(pass->model);
    const float *k = pass->model->layers[layer].kv + h.kv_at, *v = k + h.W; /* (s,D) */
    struct gemm_packed keys_up = {0};
    enum stage outer = stage_to(STAGE_DCONTEXT);
    const struct gemm_packed keys = pack(GEMM_N, h.s, h.D, k, h.G, desk.keys);
    const struct gemm_packed values = pack(GEMM_T, h.D, h.s, v, h.G, desk.values);
    if (h.probs == NULL)
        keys_up = pack(GEMM_T, h.D, h.s, k, h.G, desk.keys_up);
    stage_to(outer);
    int64_t i = 0;
    do {
        int64_t rows = h.u - i < ROWS ? h.u - i : ROWS;
        const struct probs probs = h.probs
                                       ? probs_find(pass->model, &h, i)
                                       : probs_make(pass, &h, layer, &keys_up, i, rows);
        rows_backward(pass, &h, layer, &keys, &values, probs, i, rows);
    } while ((i += ROWS) < h.u);
    pass_poll(pass);
}

void attention_backward(const struct pass *pass, int64_t layer) {
    int64_t A = pass->model->options.shape.A;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < pass->N * A; i++)
        head_backward(pass, layer, i / A, i % A);
}
