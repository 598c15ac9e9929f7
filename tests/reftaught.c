/* SPDX-License-Identifier: Apache-2.0 */
/* What the plain twin learns of a teacher: see reftaught.h. */
#include "tests/reftaught.h"

#include <math.h>

#include "src/kernels/ref.h"
#include "tests/refheads.h"

/* By the teacher's logits. */
static double lose_softly(struct work *w, const double *x, double *dx) {
    const struct targets *t = w->ref->targets;
    int64_t M = w->M, V = w->ref->options.shape.V;
    size_t bias = work_find(w, "cls.predictions.bias", "");
    double loss = 0, *logits = heads_logits(w, x), *theirs = work_zeros(w, V);
    ref_vec_add_bias(M, V, logits, w->weights + bias);
    for (int64_t i = 0; i < M; i++) {
        int64_t from = t->logits.starts[w->masked + i];
        int64_t count = t->logits.starts[w->masked + i + 1] - from;
        for (int64_t k = 0; k < count; k++)
            theirs[k] = (double)t->logits.values[from + k];
        loss += ref_soft_row(count, t->logits.at + from, theirs, t->temperature, V,
                             w->ref->scale[OBJECTIVE_SOFT], logits + i * V);
    }
    heads_logits_back(w, bias, logits, x, dx);
    return loss;
}

/* 1 less the cosine of the masked rows and the teacher's states; adds to d (s,H). */
static double likeness(struct work *w, const double *x, double *d) {
    double loss = 0, scale = w->ref->scale[OBJECTIVE_COSINE];
    int64_t H = w->H;
    for (int64_t i = 0; i < w->M; i++) {
        int64_t at = (w->batch->masked[w->masked + i] - w->row) * H;
        const float *t = w->ref->targets->states + (w->masked + i) * H;
        double xt = 0, xx = 0, tt = 0;
        for (int64_t j = 0; j < H; j++) {
            xt += x[at + j] * t[j];
            xx += x[at + j] * x[at + j];
            tt += (double)t[j] * t[j];
        }
        double lengths = sqrt(xx) * sqrt(tt);
        loss += 1 - xt / lengths;
        for (int64_t j = 0; j < H; j++)
            d[at + j] -= scale * (t[j] / lengths - x[at + j] * xt / lengths / xx);
    }
    return loss;
}

/* X Xᵀ / √d of (s,d). */
static double *relate(struct work *w, int64_t s, int64_t d, const double *x) {
    double *z = work_zeros(w, s * s);
    ref_gemm(GEMM_N, GEMM_T, s, s, d, 1 / sqrt((double)d), x, d, x, d, 0, z, s);
    return z;
}

/* The teacher's columns of a span, kind (q, k, v) and relation head (s,d). */
static double *theirs(struct work *w, const struct refspan *span, int kind,
                      int64_t head, int64_t d) {
    const struct targets *t = w->ref->targets;
    double *y = work_zeros(w, span->s * d);
    for (int64_t i = 0; i < span->s; i++)
        for (int64_t j = 0; j < d; j++)
            y[i * d + j] =
                (double)t->attention[(w->row + span->row + i) * 3 * t->attended +
                                     kind * t->attended + head * d + j];
    return y;
}

/* Adds to the gradient of what it is of. */
static double relation(struct work *w, const struct refspan *span, int kind,
                       int64_t head) {
    const struct targets *t = w->ref->targets;
    double loss = 0, each = 1 / (3.0 * (double)t->relation_heads);
    int64_t s = span->s, d = w->W / t->relation_heads,
            td = t->attended / t->relation_heads;
    double *x = work_columns(w, span, w->attended[kind], head, d),
           *dx = work_zeros(w, s * d);
    double *own = relate(w, s, d, x),
           *goal = relate(w, s, td, theirs(w, span, kind, head, td));
    for (int64_t i = 0; i < s; i++)
        loss +=
            each * ref_soft_row(s, NULL, goal + i * s, 1, s,
                                each * w->ref->scale[OBJECTIVE_RELATION], own + i * s);
    double inverse = 1 / sqrt((double)d);
    ref_gemm(GEMM_N, GEMM_N, s, d, s, inverse, own, s, x, d, 0, dx, d);
    ref_gemm(GEMM_T, GEMM_N, s, d, s, inverse, own, s, x, d, 1, dx, d);
    work_columns_add(w, span, dx, head, d, w->dattended[kind]);
    return loss;
}

static double relations(struct work *w) {
    double loss = 0;
    for (int kind = 0; kind < 3; kind++) {
        w->dattended[kind] = work_zeros(w, w->s * w->W);
        for (int64_t n = 0; n < w->spans; n++) {
            struct refspan span = work_span(w, n);
            for (int64_t head = 0; head < w->ref->targets->relation_heads; head++)
                loss += relation(w, &span, kind, head);
        }
    }
    return loss;
}

/* Σ q (ln q - ln p) of row i's code, p the softmax of z (K), which becomes scale times
 * its gradient. */
static double divergence(const struct work *w, int64_t i, double scale, double *z) {
    const struct sparse_rows *codes = &w->ref->targets->codes;
    int64_t K = w->ref->options.shape.K, at = codes->starts[w->masked + i];
    int64_t end = codes->starts[w->masked + i + 1];
    double sum = 0, loss = 0;
    for (int64_t k = 0; k < K; k++)
        sum += exp(z[k]);
    for (int64_t j = at; j < end; j++) {
        double q = codes->values[j];
        loss += q * (log(q) - z[codes->at[j]] + log(sum));
    }
    for (int64_t k = 0; k < K; k++)
        z[k] = end > at ? scale * exp(z[k]) / sum : 0;
    for (int64_t j = at; j < end; j++)
        z[codes->at[j]] -= scale * (double)codes->values[j];
    return loss;
}

static double lose_codes(struct work *w, const double *x, double *dx) {
    int64_t K = w->ref->options.shape.K;
    double loss = 0, *z = work_dense(w, "cls.latent", w->M, w->E, K, x);
    for (int64_t i = 0; i < w->M; i++)
        loss += divergence(w, i, w->ref->scale[OBJECTIVE_LATENT], z + i * K);
    if (w->grads)
        work_dense_back(w, "cls.latent", w->M, w->E, K, x, z, dx);
    return loss;
}

double taught_loss(struct work *w, const double *x, double *d) {
    uint32_t set = w->ref->options.objectives;
    double loss = 0;
    if (w->M > 0 && objectives_has(set, OBJECTIVE_SOFT))
        loss += w->ref->scale[OBJECTIVE_SOFT] * heads_predictions(w, lose_softly, x, d);
    if (objectives_has(set, OBJECTIVE_RELATION))
        loss += w->ref->scale[OBJECTIVE_RELATION] * relations(w);
    if (objectives_has(set, OBJECTIVE_COSINE))
        loss += w->ref->scale[OBJECTIVE_COSINE] * likeness(w, x, d);
    if (w->M > 0 && objectives_has(set, OBJECTIVE_LATENT))
        loss +=
            w->ref->scale[OBJECTIVE_LATENT] * heads_predictions(w, lose_codes, x, d);
    return loss;
}
