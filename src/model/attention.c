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
 * before dropout, which backward repeats from the kept bits. */
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
    int64_t H, G;
    float scale;
    size_t q_at, kv_at; /* elements: in q and context; in kv */
    float *probs;
    uint8_t *keep;       /* (u,s/8) */
    uint32_t first_row;  /* of this head and span in the sequence's dropout */
    const int32_t *rows; /* (u) of the chunk; NULL: all of the span */
    int32_t row;         /* the span's first */
};

static bool is_last(const struct pass *pass, int64_t layer) {
    return layer + 1 == pass->model->options.shape.L;
}

static struct head head_find(const struct pass *pass, int64_t layer, int64_t n,
                             int64_t a) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_state *state = &model->layers[layer];
    int64_t row = pass->spans[n], s = pass->spans[n + 1] - row;
    int64_t H = shape->H, D = H / shape->A, G = gemm_stride(2 * H);
    int64_t b = model->owners[row], before = row - pass->starts[b];
    int64_t ld = state_score_stride(s);
    size_t scores = model->score_at[n] * (size_t)shape->A + (size_t)(a * s * ld);
    struct head h = {.b = b,
                     .s = s,
                     .u = s,
                     .D = D,
                     .ld = ld,
                     .H = H,
                     .G = G,
                     .scale = (float)(1 / sqrt((double)D)),
                     .q_at = (size_t)(row * H + a * D),
                     .kv_at = (size_t)(row * G + a * D),
                     .probs = state->probs + scores,
                     .keep = state->probs_keep + scores / 8, /* rows take ≤ ld / 8 */
                     .first_row = (uint32_t)(shape->A * before + a * s),
                     .row = (int32_t)row};
    if (is_last(pass, layer) && !pass->all_chosen) {
        int32_t first = model->chosen_spans[n];
        h.u = model->chosen_spans[n + 1] - first;
        h.q_at = (size_t)(first * H + a * D);
        h.rows = model->chosen + first;
    }
    return h;
}

/* This thread's (s,ld) scratch, number 0 or 1. */
static float *scratch(const struct model *model, int which) {
    int64_t longest = model->options.max_length, thread = omp_get_thread_num();
    CHECK(thread < model->threads);
    return model->scores + (2 * thread + which) * longest * state_score_stride(longest);
}

/* The bits of this head's queries. */
static void draw(const struct pass *pass, const struct head *h, int64_t layer) {
    struct dropout_key key = pass_dropout(pass, h->b, pass_site(layer, SITE_PROBS));
    if (h->rows == NULL) {
        dropout_draw(h->u, h->s, &key, h->first_row, pass->attention_threshold,
                     h->keep);
        return;
    }
    for (int64_t i = 0; i < h->u; i++)
        dropout_draw(1, h->s, &key, h->first_row + (uint32_t)(h->rows[i] - h->row),
                     pass->attention_threshold, h->keep + i * ((h->s + 7) / 8));
}

static void head_forward(const struct pass *pass, int64_t layer, int64_t n, int64_t a) {
    const struct layer_state *state = &pass->model->layers[layer];
    const struct head h = head_find(pass, layer, n, a);
    const float *q = state->q + h.q_at;                 /* (u,D) */
    const float *k = state->kv + h.kv_at, *v = k + h.H; /* (s,D) each */
    float *p = h.probs;
    enum stage outer = stage_to(STAGE_SCORES);
    gemm(GEMM_N, GEMM_T, h.u, h.s, h.D, q, h.H, k, h.G, false, p, h.ld);
    stage_to(STAGE_SOFTMAX);
    softmax_forward(h.u, h.s, h.ld, h.scale, p);
    if (pass->attention_threshold) {
        p = scratch(pass->model, 0);
        draw(pass, &h, layer);
        dropout_apply(h.u, h.s, h.ld, pass->attention_threshold, h.keep, h.probs, p);
    }
    stage_to(STAGE_CONTEXT);
    gemm(GEMM_N, GEMM_N, h.u, h.D, h.s, p, h.ld, v, h.G, false, state->context + h.q_at,
         h.H);
    stage_to(outer);
    pass_poll(pass);
}

void attention_forward(const struct pass *pass, int64_t layer) {
    int64_t A = pass->model->options.shape.A;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < pass->N * A; i++)
        head_forward(pass, layer, i / A, i % A);
}

/* From dcontext to this head's part of dq and dkv. */
static void head_backward(const struct pass *pass, int64_t layer, int64_t n,
                          int64_t a) {
    const struct model *model = pass->model;
    const struct layer_state *state = &model->layers[layer];
    const struct head h = head_find(pass, layer, n, a);
    int64_t s = h.s, u = h.u, D = h.D, ld = h.ld, H = h.H, G = h.G;
    const float *q = state->q + h.q_at;               /* (u,D) */
    const float *k = state->kv + h.kv_at, *v = k + H; /* (s,D) each */
    float *dq = model->dq + h.q_at;                   /* (u,D) */
    float *dk = model->dkv + h.kv_at, *dv = dk + H;   /* (s,D) each */
    const float *dc = model->dcontext + h.q_at, *dropped = h.probs;
    float *dp = scratch(model, 0); /* (u,ld) of what v was weighted by, of probs, of the
                                      scores: each in the other's place */
    enum stage outer = stage_to(STAGE_DCONTEXT);
    gemm(GEMM_N, GEMM_T, u, s, D, dc, H, v, G, false, dp, ld);
    if (pass->attention_threshold) {
        float *repeated = scratch(model, 1);
        stage_to(STAGE_DSOFTMAX);
        dropout_apply(u, s, ld, pass->attention_threshold, h.keep, h.probs, repeated);
        dropout_apply(u, s, ld, pass->attention_threshold, h.keep, dp, dp);
        dropped = repeated;
    }
    stage_to(STAGE_DCONTEXT);
    gemm(GEMM_T, GEMM_N, s, D, u, dropped, ld, dc, H, false, dv, G);
    stage_to(STAGE_DSOFTMAX);
    softmax_backward(u, s, ld, h.scale, h.probs, dp, dp);
    stage_to(STAGE_DSCORES);
    gemm(GEMM_N, GEMM_N, u, D, s, dp, ld, k, G, false, dq, H);
    gemm(GEMM_T, GEMM_N, s, D, u, dp, ld, q, H, false, dk, G);
    stage_to(outer);
    pass_poll(pass);
}

void attention_backward(const struct pass *pass, int64_t layer) {
    int64_t A = pass->model->options.shape.A;
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < pass->N * A; i++)
        head_backward(pass, layer, i / A, i % A);
}
