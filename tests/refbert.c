/* SPDX-License-Identifier: Apache-2.0 */
/* The plain twin of the model: see refbert.h.  Nothing is merged, strided or reused;
 * query, key and value are three dense layers, and every head copies its columns. */
#include "tests/refbert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/kernels/ref.h"
#include "src/model/state.h"
#include "tests/refheads.h"
#include "tests/reftaught.h"
#include "tests/refwork.h"

/* One head of one span. */
struct head_memory {
    struct refspan span;
    double *q, *k, *v;   /* (s,D) */
    double *p, *dropped; /* (s,s) before and after dropout */
    uint8_t *keep;
};

struct norm_memory {
    double *xhat, *rstd; /* (s,n) (s) */
    uint8_t *keep;
};

struct layer_memory {
    double *in;                  /* (s,H) what is projected */
    double *q, *k, *v, *context; /* (s,W) */
    struct head_memory *heads;   /* (spans, A) */
    double *fed;                 /* (s,H) what is fed forward */
    double *pre, *act;           /* (s,F) */
    struct norm_memory attention, output;
};

/* What a sublayer takes: x, or LayerNorm(x) where norms come before. */
static double *taken(struct work *w, const char *name, double *x,
                     struct norm_memory *memory) {
    memory->rstd = work_zeros(w, w->s);
    if (!w->pre)
        return x;
    memory->xhat = work_copy(w, x, w->s * w->H);
    return work_norm(w, name, w->s, w->H, memory->xhat, memory->rstd);
}

/* x + dropout(branch), and LayerNorm of it where norms come after. */
static double *residual(struct work *w, const char *name, uint32_t site, double *branch,
                        const double *x, struct norm_memory *memory) {
    struct dropout_key key = work_key(w, site);
    memory->keep = work_bits(w, w->s, w->H);
    ref_dropout_forward(w->s, w->H, w->H, &key, 0, w->hidden, branch, memory->keep);
    ref_vec_add(w->s * w->H, x, branch);
    if (w->pre)
        return branch;
    memory->xhat = branch;
    return work_norm(w, name, w->s, w->H, branch, memory->rstd);
}

/* d becomes the gradient of x; returns that of the branch. */
static double *residual_back(struct work *w, const char *name,
                             const struct norm_memory *memory, double *d) {
    if (!w->pre)
        work_norm_back(w, name, w->s, w->H, memory->xhat, memory->rstd, d);
    double *branch = work_zeros(w, w->s * w->H);
    ref_dropout_backward(w->s, w->H, w->H, w->hidden, memory->keep, d, branch);
    return branch;
}

/* Adds to d what comes from the gradient of what the sublayer took. */
static void taken_back(struct work *w, const char *name,
                       const struct norm_memory *memory, double *dtaken, double *d) {
    if (w->pre)
        work_norm_back(w, name, w->s, w->H, memory->xhat, memory->rstd, dtaken);
    ref_vec_add(w->s * w->H, dtaken, d);
}

static void head(struct work *w, struct layer_memory *m, int64_t layer, int64_t n,
                 int64_t a) {
    int64_t A = w->ref->options.shape.A, D = w->ref->options.shape.D;
    struct head_memory *h = &m->heads[n * A + a];
    struct dropout_key key = work_key(w, pass_site(layer, SITE_PROBS));
    *h = (struct head_memory){.span = work_span(w, n)};
    int64_t s = h->span.s;
    h->q = work_columns(w, &h->span, m->q, a, D);
    h->k = work_columns(w, &h->span, m->k, a, D);
    h->v = work_columns(w, &h->span, m->v, a, D);
    h->p = work_zeros(w, s * s);
    h->keep = work_bits(w, s, s);
    ref_gemm(GEMM_N, GEMM_T, s, s, D, 1, h->q, D, h->k, D, 0, h->p, s);
    ref_softmax_forward(s, s, s, 1 / sqrt((double)D), h->p);
    h->dropped = work_copy(w, h->p, s * s);
    ref_dropout_forward(s, s, s, &key, (uint32_t)(A * h->span.row + a * s),
                        w->attention, h->dropped, h->keep);
    double *context = work_zeros(w, s * D);
    ref_gemm(GEMM_N, GEMM_N, s, D, s, 1, h->dropped, s, h->v, D, 0, context, D);
    work_columns_add(w, &h->span, context, a, D, m->context);
}

/* Adds to dq, dk, dv (s,W). */
static void head_back(struct work *w, const struct head_memory *h, int64_t a,
                      const double *dcontext, double *dq, double *dk, double *dv) {
    int64_t s = h->span.s, D = w->ref->options.shape.D;
    double *dc = work_columns(w, &h->span, dcontext, a, D), *dp = work_zeros(w, s * s),
           *d = work_zeros(w, s * D);
    ref_gemm(GEMM_T, GEMM_N, s, D, s, 1, h->dropped, s, dc, D, 0, d, D);
    work_columns_add(w, &h->span, d, a, D, dv);
    ref_gemm(GEMM_N, GEMM_T, s, s, D, 1, dc, D, h->v, D, 0, dp, s);
    ref_dropout_backward(s, s, s, w->attention, h->keep, dp, dp);
    ref_softmax_backward(s, s, s, 1 / sqrt((double)D), h->p, dp, dp);
    ref_gemm(GEMM_N, GEMM_N, s, D, s, 1, dp, s, h->k, D, 0, d, D);
    work_columns_add(w, &h->span, d, a, D, dq);
    ref_gemm(GEMM_T, GEMM_N, s, D, s, 1, dp, s, h->q, D, 0, d, D);
    work_columns_add(w, &h->span, d, a, D, dk);
}

struct norm_names {
    const char *attention, *output;
};

static struct norm_names norm_names(const struct work *w) {
    return w->pre
               ? (struct norm_names){"attention.ln", "ln"}
               : (struct norm_names){"attention.output.LayerNorm", "output.LayerNorm"};
}

static double *layer_forward(struct work *w, struct layer_memory *m, int64_t layer,
                             double *x) {
    const struct shape *shape = &w->ref->options.shape;
    struct norm_names names = norm_names(w);
    int64_t s = w->s, H = w->H, W = w->W, F = shape->F;
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.layer.%d.", (int)layer);
    m->in = taken(w, names.attention, x, &m->attention);
    m->q = work_dense(w, "attention.self.query", s, H, W, m->in);
    m->k = work_dense(w, "attention.self.key", s, H, W, m->in);
    m->v = work_dense(w, "attention.self.value", s, H, W, m->in);
    m->context = work_zeros(w, s * W);
    m->heads =
        arena_alloc(&w->arena, (size_t)(w->spans * shape->A) * sizeof *m->heads, 64);
    for (int64_t n = 0; n < w->spans; n++)
        for (int64_t a = 0; a < shape->A; a++)
            head(w, m, layer, n, a);
    double *middle = residual(
        w, names.attention, pass_site(layer, SITE_ATTENTION),
        work_dense(w, "attention.output.dense", s, W, H, m->context), x, &m->attention);
    m->fed = taken(w, names.output, middle, &m->output);
    m->pre = work_dense(w, "intermediate.dense", s, H, F, m->fed);
    m->act = work_zeros(w, s * F);
    ref_gelu_forward(s, F, m->pre, work_zeros(w, F), m->act, shape->gelu == GELU_TANH);
    return residual(w, names.output, pass_site(layer, SITE_OUTPUT),
                    work_dense(w, "output.dense", s, F, H, m->act), middle, &m->output);
}

/* d: from the gradient of the layer's output to that of its input */
static void layer_back(struct work *w, const struct layer_memory *m, int64_t layer,
                       double *d) {
    const struct shape *shape = &w->ref->options.shape;
    struct norm_names names = norm_names(w);
    int64_t s = w->s, H = w->H, W = w->W, F = shape->F;
    double *dact = work_zeros(w, s * F), *dcontext = work_zeros(w, s * W);
    double *dq = work_zeros(w, s * W), *dk = work_zeros(w, s * W),
           *dv = work_zeros(w, s * W);
    double *dfed = work_zeros(w, s * H), *din = work_zeros(w, s * H);
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.layer.%d.", (int)layer);
    double *branch = residual_back(w, names.output, &m->output, d);
    work_dense_back(w, "output.dense", s, F, H, m->act, branch, dact);
    ref_gelu_backward(s, F, m->pre, dact, dact, shape->gelu == GELU_TANH);
    work_dense_back(w, "intermediate.dense", s, H, F, m->fed, dact, dfed);
    taken_back(w, names.output, &m->output, dfed, d);
    branch = residual_back(w, names.attention, &m->attention, d);
    work_dense_back(w, "attention.output.dense", s, W, H, m->context, branch, dcontext);
    for (int64_t i = 0; i < w->spans * shape->A; i++)
        head_back(w, &m->heads[i], i % shape->A, dcontext, dq, dk, dv);
    double *all[] = {dq, dk, dv};
    for (int i = 0; i < 3 && layer == shape->L - 1 && w->dattended[i]; i++)
        ref_vec_add(s * W, w->dattended[i], all[i]);
    work_dense_back(w, "attention.self.query", s, H, W, m->in, dq, din);
    work_dense_back(w, "attention.self.key", s, H, W, m->in, dk, din);
    work_dense_back(w, "attention.self.value", s, H, W, m->in, dv, din);
    taken_back(w, names.attention, &m->attention, din, d);
}

static double *embed(struct work *w, struct norm_memory *m) {
    const struct batch *batch = w->batch;
    struct dropout_key key = work_key(w, SITE_EMBEDDINGS);
    int64_t s = w->s, E = w->E;
    double *sum = work_zeros(w, s * E);
    m->rstd = work_zeros(w, s);
    m->keep = work_bits(w, s, E);
    snprintf(w->prefix, sizeof w->prefix, "bert.embeddings.");
    ref_embedding_forward(
        s, E, batch->ids + w->row, batch->positions + w->row, batch->segments + w->row,
        w->weights + work_find(w, "word_embeddings", ".weight"),
        w->weights + work_find(w, "position_embeddings", ".weight"),
        w->weights + work_find(w, "token_type_embeddings", ".weight"), sum);
    m->xhat = sum;
    double *y = w->pre ? sum : work_norm(w, "LayerNorm", s, E, sum, m->rstd);
    ref_dropout_forward(s, E, E, &key, 0, w->hidden, y, m->keep);
    return y;
}

static void embed_back(struct work *w, const struct norm_memory *m, double *d) {
    const struct batch *batch = w->batch;
    int64_t s = w->s, E = w->E;
    snprintf(w->prefix, sizeof w->prefix, "bert.embeddings.");
    ref_dropout_backward(s, E, E, w->hidden, m->keep, d, d);
    if (!w->pre)
        work_norm_back(w, "LayerNorm", s, E, m->xhat, m->rstd, d);
    ref_embedding_backward(s, E, batch->ids + w->row, d,
                           w->grads + work_find(w, "word_embeddings", ".weight"));
    ref_embedding_backward(s, E, batch->positions + w->row, d,
                           w->grads + work_find(w, "position_embeddings", ".weight"));
    ref_embedding_backward(s, E, batch->segments + w->row, d,
                           w->grads + work_find(w, "token_type_embeddings", ".weight"));
}

/* Embeddings of the layers' width. */
static double *project(struct work *w, double *embedded) {
    snprintf(w->prefix, sizeof w->prefix, "bert.");
    return w->E == w->H
               ? embedded
               : work_dense(w, "embeddings_project", w->s, w->E, w->H, embedded);
}

/* From their gradient to that of the embeddings, which is returned. */
static double *project_back(struct work *w, const double *embedded, double *d) {
    if (w->E == w->H)
        return d;
    double *dembedded = work_zeros(w, w->s * w->E);
    snprintf(w->prefix, sizeof w->prefix, "bert.");
    work_dense_back(w, "embeddings_project", w->s, w->E, w->H, embedded, d, dembedded);
    return dembedded;
}

/* ---- all of it ---- */

static double sequence_loss(struct work *w) {
    const struct refbert *ref = w->ref;
    int64_t L = ref->options.shape.L;
    struct norm_memory embedding;
    struct layer_memory *layers =
        arena_alloc(&w->arena, (size_t)L * sizeof *layers, 64);
    double *d = work_zeros(w, w->s * w->H), *embedded = embed(w, &embedding);
    double *x = project(w, embedded);
    for (int64_t l = 0; l < L; l++)
        x = layer_forward(w, &layers[l], l, x);
    struct norm_memory last = {0};
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.");
    x = taken(w, "ln", x, &last);
    double *attended[] = {layers[L - 1].q, layers[L - 1].k, layers[L - 1].v};
    memcpy(w->attended, attended, sizeof attended);
    double loss = heads_loss(w, x, d) + taught_loss(w, x, d);
    if (w->grads == NULL)
        return loss;
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.");
    if (w->pre)
        work_norm_back(w, "ln", w->s, w->H, last.xhat, last.rstd, d);
    for (int64_t l = L - 1; l >= 0; l--)
        layer_back(w, &layers[l], l, d);
    embed_back(w, &embedding, project_back(w, embedded, d));
    return loss;
}

double refbert_loss(const struct refbert *ref, const double *weights,
                    const struct batch *batch, double *grads) {
    double loss = 0;
    for (int64_t b = 0; b < batch->B; b++) {
        struct work w = {.ref = ref,
                         .weights = weights,
                         .grads = grads,
                         .batch = batch,
                         .b = b,
                         .row = batch->starts[b],
                         .s = batch->starts[b + 1] - batch->starts[b],
                         .span = batch->span_starts[b],
                         .spans = batch->span_starts[b + 1] - batch->span_starts[b],
                         .H = ref->options.shape.H,
                         .E = ref->options.shape.E,
                         .W = ref->options.shape.A * ref->options.shape.D,
                         .pre = model_kinds[ref->options.shape.kind].norm == NORM_PRE,
                         .masked = batch->masked_starts[b],
                         .M = batch->masked_starts[b + 1] - batch->masked_starts[b],
                         .hidden = dropout_threshold(ref->options.hidden_dropout),
                         .attention =
                             dropout_threshold(ref->options.attention_dropout)};
        loss += sequence_loss(&w);
        arena_fini(&w.arena);
    }
    return loss;
}
