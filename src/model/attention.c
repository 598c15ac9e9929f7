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
#include "src/kernels/vec.h"

/* Everything of one span and head. */
struct head {
    int64_t b;    /* the span's sequence */
    int64_t s, u; /* keys, queries */
    int64_t D, W;
    float scale;
    int64_t q_row, row;    /* the span's first, in q and context; in kv */
    int64_t column;        /* the head's */
    struct matrix probs;   /* (u,s); at NULL: are not kept */
    uint8_t *keep;         /* (u,s/8) */
    uint32_t first_row;    /* of this head and span in the sequence's dropout */
    const int32_t *chosen; /* (u) of the chunk; NULL: all of the span */
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
    int64_t b = model->owners[row], before = row - pass->starts[b];
    int64_t ld = state_score_stride(model->kind, s);
    size_t scores = model->score_at[n] * (size_t)shape->A + (size_t)(a * s * ld);
    struct head h = {.b = b,
                     .s = s,
                     .u = s,
                     .D = shape->D,
                     .W = shape->A * shape->D,
                     .scale = (float)(1 / sqrt((double)shape->D)),
                     .q_row = row,
                     .row = row,
                     .column = a * shape->D,
                     .first_row = (uint32_t)(shape->A * before + a * s)};
    if (state->probs) {
        h.probs = matrix_from((struct matrix){model->kind, ld, state->probs}, 0,
                              (int64_t)scores);
        h.keep = state->probs_keep + scores / 8; /* rows take ≤ ld / 8 */
    }
    if (is_last(pass, layer) && !pass->all_chosen) {
        h.q_row = model->chosen_spans[n];
        h.u = model->chosen_spans[n + 1] - h.q_row;
        h.chosen = model->chosen + h.q_row;
    }
    return h;
}

/* The head's part of q, context or their gradients, queries first …: (…,D). */
static struct matrix queries_of(struct matrix q, const struct head *h, int64_t first) {
    return matrix_from(q, h->q_row + first, h->column);
}

/* Of kv or its gradient keys, and values beside them: (s,D). */
static struct matrix keys_of(struct matrix kv, const struct head *h) {
    return matrix_from(kv, h->row, h->column);
}

static struct matrix values_of(struct matrix kv, const struct head *h) {
    return matrix_from(kv, h->row, h->W + h->column);
}

/* What one thread needs beside: matrices of the span, packed, and rows of scores. */
struct desk {
    float *keys, *values;
    struct matrix scores;  /* (ROWS,s) in single precision */
    struct matrix slopes;  /* (ROWS,s) their gradients */
    struct matrix dropped; /* (ROWS,s) */
    /* Where a layer keeps no probabilities, these, and keys packed for the way up. */
    struct matrix probs; /* (ROWS,s) */
    uint8_t *keep;       /* (ROWS,s/8) */
    float *keys_up;
    /* Gradients of keys and values that several products are summed to, where these
     * are kept rounded. */
    struct matrix dkeys, dvalues; /* (s,D) in single precision */
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

/* Of spans of s at most. */
static struct desk desk_place(const struct model *model, int64_t s,
                              struct carve *carve) {
    enum number kind = model->kind;
    int64_t D = model->options.shape.D;
    int64_t panel = panel_floats(s, D), ld = state_score_stride(kind, s);
    struct desk desk = {.keep = NULL};
    desk.keys = carve_floats(carve, panel, 1);
    desk.values = carve_floats(carve, panel, 1);
    desk.scores = desk.slopes = state_place(NUMBER_F32, carve, ROWS, ld);
    desk.dropped = state_place(kind, carve, ROWS, ld);
    if (kind != NUMBER_F32) {
        desk.slopes = state_place(kind, carve, ROWS, ld);
        desk.dkeys = state_place(NUMBER_F32, carve, s, D);
        desk.dvalues = state_place(NUMBER_F32, carve, s, D);
    }
    if (keeps_probs(model))
        return desk;
    desk.keys_up = carve_floats(carve, panel, 1);
    desk.probs = state_place(kind, carve, ROWS, ld);
    desk.keep = carve_take(carve, ROWS * ld / 8, 1);
    return desk;
}

/* Σ s · ld of spans is at most T · ld of the longest. */
void attention_place(struct model *model, int64_t layer, struct carve *carve) {
    const struct shape *shape = &model->options.shape;
    struct layer_state *state = &model->layers[layer];
    enum number kind = model->kind;
    int64_t T = model->options.max_tokens, W = shape->A * shape->D;
    int64_t scores = T * state_score_stride(kind, model->options.max_length) * shape->A;
    state->q = state_place(kind, carve, T, W);
    state->kv = state_place(kind, carve, T, gemm_stride(2 * W));
    if (keeps_probs(model)) {
        state->probs = carve_take(carve, scores, number_bytes(kind));
        state->probs_keep = carve_take(carve, scores / 8, 1);
    }
    state->context = state_place(kind, carve, T, W);
}

void attention_place_shared(struct model *model, struct carve *carve) {
    struct carve one = {0};
    desk_place(model, model->options.max_length, &one);
    model->desk_bytes = one.used_bytes;
    model->desks = carve_take(carve, model->threads, one.used_bytes);
}

void attention_place_down(struct model *model, struct carve *carve) {
    const struct shape *shape = &model->options.shape;
    int64_t T = model->options.max_tokens, W = shape->A * shape->D;
    model->dcontext = state_place(model->kind, carve, T, W);
    model->dq = state_place(model->kind, carve, T, W);
    model->dkv = state_place(model->kind, carve, T, gemm_stride(2 * W));
}

static struct desk desk_of(const struct model *model, const struct head *h) {
    int64_t thread = omp_get_thread_num();
    CHECK(thread < model->threads);
    struct carve carve = {.base = model->desks + (size_t)thread * model->desk_bytes};
    return desk_place(model, h->s, &carve);
}

static struct gemm_packed pack(enum gemm_op op, int64_t k, int64_t n, struct matrix b,
                               float *panels) {
    const struct gemm_packed packed = {op, k, n, b, panels};
    for (int64_t group = 0; group < gemm_pack_groups(&packed); group++)
        gemm_pack(&packed, group);
    return packed;
}

/* ---- up ---- */

/* Of queries first … the probabilities (n,s), and the bits (n,s/8) of those that drop
 * out: the layer's, or, where it keeps none, the thread's. */
struct probs {
    struct matrix p;
    uint8_t *keep;
};

static struct probs probs_find(const struct model *model, const struct head *h,
                               int64_t first) {
    const struct desk desk = desk_of(model, h);
    if (h->probs.at == NULL)
        return (struct probs){desk.probs, desk.keep};
    return (struct probs){matrix_from(h->probs, first, 0),
                          h->keep + first * ((h->s + 7) / 8)};
}

/* The bits of queries first … first+n-1. */
static void draw(const struct pass *pass, const struct head *h, int64_t layer,
                 int64_t first, int64_t n, uint8_t *keep) {
    struct dropout_key key = pass_dropout(pass, h->b, pass_site(layer, SITE_PROBS));
    int64_t bytes = (h->s + 7) / 8;
    if (h->chosen == NULL) {
        dropout_draw(n, h->s, &key, h->first_row + (uint32_t)first,
                     pass->attention_threshold, keep);
        return;
    }
    for (int64_t i = first; i < first + n; i++, keep += bytes)
        dropout_draw(1, h->s, &key, h->first_row + (uint32_t)(h->chosen[i] - h->row),
                     pass->attention_threshold, keep);
}

/* Of queries first … first+n-1; and what dropout makes of them, unless NULL. */
static struct probs probs_make(const struct pass *pass, const struct head *h,
                               int64_t layer, const struct gemm_packed *keys,
                               int64_t first, int64_t n, const struct matrix *dropped) {
    const struct layer_state *state = &pass->model->layers[layer];
    const struct probs to = probs_find(pass->model, h, first);
    const struct matrix scores = desk_of(pass->model, h).scores;
    enum stage outer = stage_to(STAGE_SCORES);
    gemm_rows(n, queries_of(state->q, h, first), keys, false, scores);
    stage_to(STAGE_SOFTMAX);
    if (pass->attention_threshold)
        draw(pass, h, layer, first, n, to.keep);
    if (pass->attention_threshold && dropped) {
        const struct softmax_drop drop = {
            to.keep, dropout_scale(pass->attention_threshold), *dropped};
        softmax_forward(n, h->s, h->scale, scores, to.p, &drop);
    } else
        softmax_forward(n, h->s, h->scale, scores, to.p, NULL);
    stage_to(outer);
    return to;
}

static void rows_forward(const struct pass *pass, const struct head *h, int64_t layer,
                         const struct gemm_packed *keys,
                         const struct gemm_packed *values, int64_t first, int64_t n) {
    const struct matrix dropped = desk_of(pass->model, h).dropped;
    const struct probs probs = probs_make(pass, h, layer, keys, first, n, &dropped);
    enum stage outer = stage_to(STAGE_CONTEXT);
    gemm_rows(n, pass->attention_threshold ? dropped : probs.p, values, false,
              queries_of(pass->model->layers[layer].context, h, first));
    stage_to(outer);
}

static void head_forward(const struct pass *pass, int64_t layer, int64_t n, int64_t a) {
    const struct layer_state *state = &pass->model->layers[layer];
    const struct head h = head_find(pass, layer, n, a);
    const struct desk desk = desk_of(pass->model, &h);
    if (h.u == 0)
        return;
    enum stage outer = stage_to(STAGE_SCORES);
    const struct gemm_packed keys =
        pack(GEMM_T, h.D, h.s, keys_of(state->kv, &h), desk.keys);
    const struct gemm_packed values =
        pack(GEMM_N, h.s, h.D, values_of(state->kv, &h), desk.values);
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

/* What a head's gradient needs of it, and where that of its keys and values goes. */
struct head_back {
    struct gemm_packed keys, values, keys_up;
    struct matrix dk, dv; /* (s,D) */
};

/* From dcontext to dq of some queries, and their part of dk and dv: the first rows
 * write, the others add. */
static void rows_backward(const struct pass *pass, const struct head *h, int64_t layer,
                          const struct head_back *back, struct probs probs,
                          int64_t first, int64_t n) {
    const struct model *model = pass->model;
    const struct desk desk = desk_of(model, h);
    const struct matrix q = queries_of(model->layers[layer].q, h, first);
    const struct matrix dc = queries_of(model->dcontext, h, first);
    const struct softmax_drop drop = {
        probs.keep, dropout_scale(pass->attention_threshold), desk.dropped};
    bool drops = pass->attention_threshold > 0;
    enum stage outer = stage_to(STAGE_DCONTEXT);
    gemm_rows(n, dc, &back->values, false, desk.scores);
    stage_to(STAGE_DSOFTMAX);
    softmax_backward(n, h->s, h->scale, probs.p, drops ? &drop : NULL, desk.scores,
                     desk.slopes);
    stage_to(STAGE_DCONTEXT);
    gemm(GEMM_T, GEMM_N, h->s, h->D, n, drops ? desk.dropped : probs.p, dc, first > 0,
         back->dv);
    stage_to(STAGE_DSCORES);
    gemm_rows(n, desk.slopes, &back->keys, false, queries_of(model->dq, h, first));
    gemm(GEMM_T, GEMM_N, h->s, h->D, n, desk.slopes, q, first > 0, back->dk);
    stage_to(outer);
}

/* Sums of several products are rounded when all are there. */
static bool sums_apart(const struct model *model, const struct head *h) {
    return model->kind != NUMBER_F32 && h->u > ROWS;
}

static struct head_back back_begin(const struct pass *pass, const struct head *h,
                                   int64_t layer) {
    const struct model *model = pass->model;
    const struct desk desk = desk_of(model, h);
    const struct matrix kv = model->layers[layer].kv;
    struct matrix k = keys_of(kv, h), v = values_of(kv, h); /* (s,D) */
    struct head_back back = {.dk = keys_of(model->dkv, h),
                             .dv = values_of(model->dkv, h)};
    enum stage outer = stage_to(STAGE_DCONTEXT);
    back.keys = pack(GEMM_N, h->s, h->D, k, desk.keys);
    back.values = pack(GEMM_T, h->D, h->s, v, desk.values);
    if (h->probs.at == NULL)
        back.keys_up = pack(GEMM_T, h->D, h->s, k, desk.keys_up);
    if (sums_apart(model, h)) {
        back.dk = desk.dkeys;
        back.dv = desk.dvalues;
    }
    stage_to(outer);
    return back;
}

static void back_end(const struct pass *pass, const struct head *h,
                     const struct head_back *back) {
    const struct model *model = pass->model;
    if (!sums_apart(model, h))
        return;
    enum stage outer = stage_to(STAGE_DSCORES);
    vec_round(h->s, h->D, back->dk, keys_of(model->dkv, h));
    vec_round(h->s, h->D, back->dv, values_of(model->dkv, h));
    stage_to(outer);
}

/* From dcontext to this head's part of dq and dkv; without queries these are zeros. */
static void head_backward(const struct pass *pass, int64_t layer, int64_t n,
                          int64_t a) {
    const struct head h = head_find(pass, layer, n, a);
    const struct head_back back = back_begin(pass, &h, layer);
    int64_t i = 0;
    do {
        int64_t rows = h.u - i < ROWS ? h.u - i : ROWS;
        const struct probs probs =
            h.probs.at ? probs_find(pass->model, &h, i)
                       : probs_make(pass, &h, layer, &back.keys_up, i, rows, NULL);
        rows_backward(pass, &h, layer, &back, probs, i, rows);
    } while ((i += ROWS) < h.u);
    back_end(pass, &h, &back);
    pass_poll(pass);
}

void attention_backward(const struct pass *pass, int64_t layer) {
    int64_t A = pass->model->options.shape.A;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < pass->N * A; i++)
        head_backward(pass, layer, i / A, i % A);
}
