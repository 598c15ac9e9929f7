/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-head self-attention (Vaswani et al. 2017) on rows without padding.
 *
 * One product makes qkv (T,3H): row t holds query, key and value of all heads side by
 * side, so a head's query is a strided (s,D) view and nothing is transposed or copied:
 *
 *     qkv row:  | q0 q1 … | k0 k1 … | v0 v1 … |      each (D), rows 3H apart
 *
 * Work is split by (span, head): a span is a sequence, or one of the isolated documents
 * packed in it, so that what may not see each other is never multiplied.  Such pieces
 * share nothing, so that any thread may take any.  Probabilities are kept before
 * dropout, which backward repeats from the kept bits. */
#include "src/model/attention.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/kernels/gemm.h"
#include "src/kernels/softmax.h"
#include "src/kernels/vec.h"
#include "src/model/linear.h"
#include "src/model/residual.h"

/* Everything of one span and head. */
struct head {
    int64_t b; /* the span's sequence */
    int64_t s, D;
    int64_t ld;     /* of probs: (s,ld) */
    int64_t ld_qkv; /* of the views into qkv: (s,3H) */
    int64_t ld_context;
    float scale;
    size_t qkv_at, context_at; /* elements */
    float *probs;
    uint8_t *keep;      /* (s,s/8) */
    uint32_t first_row; /* of this head and span in the sequence's dropout */
};

static struct head head_find(const struct pass *pass, const struct layer_state *layer,
                             int64_t n, int64_t a) {
    const struct shape *shape = &pass->model->options.shape;
    int64_t row = pass->spans[n], s = pass->spans[n + 1] - row;
    int64_t H = shape->H, D = H / shape->A, ld = state_score_stride(s);
    int64_t b = pass->model->owners[n], before = row - pass->starts[b];
    size_t scores = pass->model->score_at[n] * (size_t)shape->A + (size_t)(a * s * ld);
    return (struct head){.b = b,
                         .s = s,
                         .D = D,
                         .ld = ld,
                         .ld_qkv = 3 * H,
                         .ld_context = H,
                         .scale = (float)(1 / sqrt((double)D)),
                         .qkv_at = (size_t)(row * 3 * H + a * D),
                         .context_at = (size_t)(row * H + a * D),
                         .probs = layer->probs + scores,
                         .keep =
                             layer->probs_keep + scores / 8, /* rows take ≤ ld / 8 */
                         .first_row = (uint32_t)(shape->A * before + a * s)};
}

/* This thread's (s,ld) scratch, number 0 or 1. */
static float *scratch(const struct model *model, int which) {
    int64_t longest = model->options.max_length, thread = omp_get_thread_num();
    CHECK(thread < model->threads);
    return model->scores + (2 * thread + which) * longest * state_score_stride(longest);
}

static void head_forward(const struct pass *pass, const struct layer_state *layer,
                         int64_t n, int64_t a, uint32_t site) {
    const struct head h = head_find(pass, layer, n, a);
    int64_t H = h.ld_context, s = h.s;
    const float *q = layer->qkv + h.qkv_at, *k = q + H, *v = k + H; /* (s,D) each */
    float *p = h.probs;
    gemm(GEMM_N, GEMM_T, s, s, h.D, q, h.ld_qkv, k, h.ld_qkv, false, p, h.ld);
    softmax_forward(s, s, h.ld, h.scale, p);
    if (pass->attention_threshold) {
        struct dropout_key key = pass_dropout(pass, h.b, site);
        p = scratch(pass->model, 0);
        memcpy(p, h.probs, (size_t)(s * h.ld) * sizeof *p);
        dropout_forward(s, s, h.ld, &key, h.first_row, pass->attention_threshold, p,
                        h.keep);
    }
    gemm(GEMM_N, GEMM_N, s, h.D, s, p, h.ld, v, h.ld_qkv, false,
         layer->context + h.context_at, h.ld_context);
}

void attention_forward(const struct pass *pass, int64_t layer, const float *x) {
    const struct model *model = pass->model;
    const struct layer_places *at = &model->places.layers[layer];
    const struct layer_state *state = &model->layers[layer];
    int64_t T = pass->T, H = model->options.shape.H, A = model->options.shape.A;
    const float *w = pass->weights;
    uint32_t site = pass_site(layer, SITE_PROBS);
    linear_forward(T, H, 3 * H, x, w + at->qkv.weight, state->qkv);
    vec_add_bias(T, 3 * H, state->qkv, w + at->qkv.bias);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (int64_t n = 0; n < pass->N; n++)
        for (int64_t a = 0; a < A; a++)
            head_forward(pass, state, n, a, site);
    linear_forward(T, H, H, state->context, w + at->attention_output.weight,
                   state->attention_norm.xhat);
    residual_forward(pass, pass_site(layer, SITE_ATTENTION),
                     w + at->attention_output.bias, &at->attention_norm,
                     &state->attention_norm, x, state->middle);
}

/* From dcontext to this head's part of dqkv. */
static void head_backward(const struct pass *pass, const struct layer_state *layer,
                          int64_t n, int64_t a, const float *dcontext, float *dqkv) {
    const struct head h = head_find(pass, layer, n, a);
    int64_t H = h.ld_context, s = h.s, D = h.D, ld = h.ld, ld3 = h.ld_qkv;
    const float *q = layer->qkv + h.qkv_at, *k = q + H, *v = k + H; /* (s,D) each */
    float *dq = dqkv + h.qkv_at, *dk = dq + H, *dv = dk + H;        /* (s,D) each */
    const float *dc = dcontext + h.context_at, *dropped = h.probs;
    float *dp = scratch(pass->model, 0); /* (s,ld) of what v was weighted by, of probs,
                                            of the scores: each in the other's place */
    gemm(GEMM_N, GEMM_T, s, s, D, dc, H, v, ld3, false, dp, ld);
    if (pass->attention_threshold) {
        float *repeated = scratch(pass->model, 1);
        dropout_backward(s, s, ld, pass->attention_threshold, h.keep, h.probs,
                         repeated);
        dropout_backward(s, s, ld, pass->attention_threshold, h.keep, dp, dp);
        dropped = repeated;
    }
    gemm(GEMM_T, GEMM_N, s, D, s, dropped, ld, dc, H, false, dv, ld3);
    softmax_backward(s, s, ld, h.scale, h.probs, dp, dp);
    gemm(GEMM_N, GEMM_N, s, D, s, dp, ld, k, ld3, false, dq, ld3);
    gemm(GEMM_T, GEMM_N, s, D, s, dp, ld, q, ld3, false, dk, ld3);
}

void attention_backward(const struct pass *pass, int64_t layer, const float *x) {
    const struct model *model = pass->model;
    const struct layer_places *at = &model->places.layers[layer];
    const struct layer_state *state = &model->layers[layer];
    int64_t T = pass->T, H = model->options.shape.H, A = model->options.shape.A;
    const float *w = pass->weights;
    float *g = pass->grads, *dqkv = model->dwide, *dcontext = dqkv + 3 * T * H;
    residual_backward(pass, at->attention_output.bias, &at->attention_norm,
                      &state->attention_norm);
    linear_backward_weight(T, H, H, state->context, model->dbranch,
                           g + at->attention_output.weight);
    linear_backward_input(T, H, H, w + at->attention_output.weight, model->dbranch, 0,
                          dcontext);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (int64_t n = 0; n < pass->N; n++)
        for (int64_t a = 0; a < A; a++)
            head_backward(pass, state, n, a, dcontext, dqkv);
    vec_sum_rows(T, 3 * H, dqkv, g + at->qkv.bias);
    linear_backward_weight(T, H, 3 * H, x, dqkv, g + at->qkv.weight);
    linear_backward_input(T, H, 3 * H, w + at->qkv.weight, dqkv, 1, model->dx);
}
