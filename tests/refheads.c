/* SPDX-License-Identifier: Apache-2.0 */
/* The heads of the plain twin: see refheads.h. */
#include "tests/refheads.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/kernels/ref.h"

/* ---- masked rows ---- */

/* A dense layer, gelu and LayerNorm. */
struct transform_memory {
    int64_t n_in, n_out;
    double *in, *pre, *act, *rstd; /* (M,n_in) (M,n_out) (M,n_out) (M) */
};

/* The names of its two parts. */
static struct transform_names {
    char dense[TENSOR_NAME_SIZE], norm[TENSOR_NAME_SIZE];
} transform_names(const char *name) {
    struct transform_names names;
    snprintf(names.dense, sizeof names.dense, "%s.dense", name);
    snprintf(names.norm, sizeof names.norm, "%s.LayerNorm", name);
    return names;
}

static double *transform(struct work *w, const char *name, int64_t in, int64_t out,
                         double *x, struct transform_memory *m) {
    struct transform_names names = transform_names(name);
    int64_t M = w->M;
    m->n_in = in;
    m->n_out = out;
    m->in = x;
    m->pre = work_dense(w, names.dense, M, in, out, x);
    m->act = work_zeros(w, M * out);
    m->rstd = work_zeros(w, M);
    ref_gelu_forward(M, out, m->pre, work_zeros(w, out), m->act,
                     w->ref->options.shape.gelu == GELU_TANH);
    return work_norm(w, names.norm, M, out, m->act, m->rstd);
}

/* From d (M,n_out), which is used up; returns the gradient of its input (M,n_in). */
static double *transform_back(struct work *w, const char *name,
                              const struct transform_memory *m, double *d) {
    struct transform_names names = transform_names(name);
    int64_t M = w->M, out = m->n_out;
    double *dx = work_zeros(w, M * m->n_in);
    work_norm_back(w, names.norm, M, out, m->act, m->rstd, d);
    ref_gelu_backward(M, out, m->pre, d, d, w->ref->options.shape.gelu == GELU_TANH);
    work_dense_back(w, names.dense, M, m->n_in, out, m->in, d, dx);
    return dx;
}

/* Masked rows, and what is made of them before anything is said. */
struct predictor_memory {
    int32_t *rows;
    struct transform_memory transform;
};

static const char predictor_name[] = "cls.predictions.transform";

static double *predictor(struct work *w, const double *x, struct predictor_memory *m) {
    double *at = work_zeros(w, w->M * w->H);
    m->rows = arena_alloc(&w->arena, (size_t)w->M * sizeof *m->rows, 64);
    for (int64_t i = 0; i < w->M; i++)
        m->rows[i] = w->batch->masked[w->masked + i] - (int32_t)w->row;
    w->prefix[0] = '\0';
    ref_rows_gather(w->M, w->H, m->rows, x, at);
    return transform(w, predictor_name, w->H, w->E, at, &m->transform);
}

static void predictor_back(struct work *w, const struct predictor_memory *m,
                           double *dout, double *d) {
    if (w->grads)
        ref_rows_scatter_add(w->M, w->H, m->rows,
                             transform_back(w, predictor_name, &m->transform, dout), d);
}

double heads_predictions(struct work *w, heads_lose_fn *lose, const double *x,
                         double *d) {
    struct predictor_memory memory;
    double *dout = work_zeros(w, w->M * w->E), *out = predictor(w, x, &memory);
    double loss = lose(w, out, dout);
    predictor_back(w, &memory, dout, d);
    return loss;
}

/* ---- which token was masked ---- */

double *heads_logits(struct work *w, const double *x) {
    int64_t M = w->M, E = w->E, V = w->ref->options.shape.V;
    size_t word = work_find(w, "bert.embeddings.word_embeddings", ".weight");
    double *logits = work_zeros(w, M * V);
    ref_gemm(GEMM_N, GEMM_T, M, V, E, 1, x, E, w->weights + word, E, 0, logits, V);
    return logits;
}

void heads_logits_back(struct work *w, size_t bias, const double *d, const double *x,
                       double *dx) {
    int64_t M = w->M, E = w->E, V = w->ref->options.shape.V;
    size_t word = work_find(w, "bert.embeddings.word_embeddings", ".weight");
    if (w->grads == NULL)
        return;
    ref_vec_sum_rows(M, V, d, w->grads + bias);
    ref_gemm(GEMM_T, GEMM_N, V, E, M, 1, d, V, x, E, 1, w->grads + word, E);
    ref_gemm(GEMM_N, GEMM_N, M, E, V, 1, d, V, w->weights + word, E, 0, dx, E);
}

/* The loss of the masked tokens by rows x (M,E), which the word embedding decodes; dx
 * (M,E) becomes scale times their gradient. */
static double decode(struct work *w, const char *bias_name, double scale,
                     const double *x, double *dx) {
    int64_t M = w->M, V = w->ref->options.shape.V, right = 0;
    size_t bias = work_find(w, bias_name, "");
    double loss = 0, *logits = heads_logits(w, x);
    ref_xent_forward_backward(M, V, V, logits, w->weights + bias,
                              w->batch->labels + w->masked, scale, &loss, &right);
    heads_logits_back(w, bias, logits, x, dx);
    return loss;
}

static double lose_labels(struct work *w, const double *x, double *dx) {
    return decode(w, "cls.predictions.bias", w->ref->scale[OBJECTIVE_MLM], x, dx);
}

/* The run of masked rows that row i of them is in: the rows before and after it, at the
 * ends of the sequence those at its ends, and the row's place in it, at most 19. */
static void find_run(const struct work *w, int64_t i, int64_t *before, int64_t *after,
                     int64_t *place) {
    const int32_t *masked = w->batch->masked + w->masked;
    int64_t first = i, last = i;
    while (first > 0 && masked[first - 1] == masked[first] - 1)
        first--;
    while (last + 1 < w->M && masked[last + 1] == masked[last] + 1)
        last++;
    *before = masked[first] - w->row - 1;
    *after = masked[last] - w->row + 1;
    *before = *before < 0 ? 0 : *before;
    *after = *after >= w->s ? w->s - 1 : *after;
    *place = i - first > 19 ? 19 : i - first;
}

/* Columns part·H … of a masked row's (3H), with a row of its input or its gradient. */
typedef void exchange_fn(double *part, double *other, int64_t H);

static void take(double *part, double *other, int64_t H) {
    memcpy(part, other, (size_t)H * sizeof *part);
}

static void give(double *part, double *other, int64_t H) {
    ref_vec_add(H, part, other);
}

/* Between rows (M,3H) and what they are made of: x (s,H) and the places. */
static void exchange(const struct work *w, exchange_fn *go, double *rows, double *x,
                     double *places) {
    int64_t H = w->H, before, after, place;
    for (int64_t i = 0; i < w->M; i++, rows += 3 * H) {
        find_run(w, i, &before, &after, &place);
        go(rows, x + before * H, H);
        go(rows + H, x + after * H, H);
        go(rows + 2 * H, places + place * H, H);
    }
}

/* The loss of the masked tokens by what is beside their runs; adds to d (s,H). */
static double boundaries(struct work *w, double *x, double *d) {
    int64_t M = w->M, H = w->H;
    double *rows = work_zeros(w, M * 3 * H), *dout = work_zeros(w, M * w->E);
    struct transform_memory first, second;
    w->prefix[0] = '\0';
    size_t places = work_find(w, "cls.sbo.position_embeddings", ".weight");
    exchange(w, take, rows, x, work_copy(w, w->weights + places, 20 * H));
    double *y = transform(w, "cls.sbo.transform.0", 3 * H, H, rows, &first);
    y = transform(w, "cls.sbo.transform.1", H, w->E, y, &second);
    double loss = decode(w, "cls.sbo.bias", w->ref->scale[OBJECTIVE_SBO], y, dout);
    if (w->grads == NULL)
        return loss;
    dout = transform_back(w, "cls.sbo.transform.1", &second, dout);
    exchange(w, give, transform_back(w, "cls.sbo.transform.0", &first, dout), d,
             w->grads + places);
    return loss;
}

/* ---- which tokens were replaced ---- */

static bool is_replaced(const struct work *w, int64_t t) {
    const struct batch *batch = w->batch;
    for (int64_t i = w->masked; i < w->masked + w->M; i++)
        if (batch->masked[i] == w->row + t)
            return batch->ids[w->row + t] != batch->labels[i];
    return false;
}

/* The loss of all rows; adds to d (s,H). */
static double replacements(struct work *w, double *x, double *d) {
    static const char first[] = "discriminator_predictions.dense";
    static const char second[] = "discriminator_predictions.dense_prediction";
    bool tanh = w->ref->options.shape.gelu == GELU_TANH;
    int64_t s = w->s, H = w->H;
    double loss = 0, *act = work_zeros(w, s * H), *dact = work_zeros(w, s * H);
    w->prefix[0] = '\0';
    double *pre = work_dense(w, first, s, H, H, x);
    ref_gelu_forward(s, H, pre, work_zeros(w, H), act, tanh);
    double *z = work_dense(w, second, s, H, 1, act);
    for (int64_t t = 0; t < s; t++) {
        double p = 1 / (1 + exp(-z[t]));
        loss -= is_replaced(w, t) ? log(p) : log(1 - p);
        z[t] = w->ref->scale[OBJECTIVE_RTD] * (p - is_replaced(w, t));
    }
    if (w->grads == NULL)
        return loss;
    work_dense_back(w, second, s, H, 1, act, z, dact);
    ref_gelu_backward(s, H, pre, dact, dact, tanh);
    work_dense_back(w, first, s, H, H, x, dact, d);
    return loss;
}

/* ---- pairs ---- */

static double pair_scale(const struct refbert *ref) {
    bool order = objectives_has(ref->options.objectives, OBJECTIVE_SOP);
    return ref->scale[order ? OBJECTIVE_SOP : OBJECTIVE_NSP];
}

/* The loss of the pair; adds to d's first row. */
static double next_sentence(struct work *w, const double *x, double *d) {
    int64_t H = w->H, right = 0;
    double loss = 0, *dpooled = work_zeros(w, H);
    w->prefix[0] = '\0';
    double *pooled = work_dense(w, "bert.pooler.dense", 1, H, H, x);
    ref_vec_tanh(H, pooled, pooled);
    double *logits = work_dense(w, "cls.seq_relationship", 1, H, 2, pooled);
    double nothing[2] = {0, 0};
    ref_xent_forward_backward(1, 2, 2, logits, nothing, w->batch->next + w->b,
                              pair_scale(w->ref), &loss, &right);
    if (w->grads == NULL)
        return loss;
    work_dense_back(w, "cls.seq_relationship", 1, H, 2, pooled, logits, dpooled);
    ref_vec_tanh_backward(H, pooled, dpooled, dpooled);
    work_dense_back(w, "bert.pooler.dense", 1, H, H, x, dpooled, d);
    return loss;
}

/* ---- all of them ---- */

double heads_loss(struct work *w, double *x, double *d) {
    const struct refbert *ref = w->ref;
    uint32_t set = ref->options.objectives;
    double loss = 0;
    if (objectives_has(set, OBJECTIVE_RTD))
        loss += ref->scale[OBJECTIVE_RTD] * replacements(w, x, d);
    if (w->M > 0 && objectives_has(set, OBJECTIVE_MLM))
        loss += ref->scale[OBJECTIVE_MLM] * heads_predictions(w, lose_labels, x, d);
    if (w->M > 0 && objectives_has(set, OBJECTIVE_SBO))
        loss += ref->scale[OBJECTIVE_SBO] * boundaries(w, x, d);
    if (w->batch->next[w->b] >= 0 && objectives_pair(set))
        loss += pair_scale(ref) * next_sentence(w, x, d);
    return loss;
}
