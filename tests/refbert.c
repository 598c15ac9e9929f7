/* SPDX-License-Identifier: Apache-2.0 */
/* The plain twin of the model: see refbert.h.  Nothing is merged, strided or reused;
 * query, key and value are three dense layers, and every head copies its columns. */
#include "tests/refbert.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/arena.h"
#include "src/base/die.h"
#include "src/kernels/ref.h"
#include "src/model/state.h"

/* One head of one span. */
struct head_memory {
    int64_t row, s;      /* the span, in the sequence */
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

/* One sequence. */
struct work {
    const struct refbert *ref;
    const double *weights;
    double *grads;
    const struct batch *batch;
    int64_t b, row, s, H, E, W;
    bool pre;                   /* norms before sublayers */
    int64_t span, spans;        /* its first span in the batch, and how many */
    int64_t masked, M;          /* its first masked row in the batch, and how many */
    uint32_t hidden, attention; /* dropout thresholds */
    struct layer_memory *last;  /* of the last layer */
    double *related[3];         /* (s,W) gradients of its q, k, v; NULL: none */
    char prefix[64];
    struct arena arena;
};

static double *zeros(struct work *w, int64_t n) {
    double *x = arena_alloc(&w->arena, (size_t)n * sizeof *x, 64);
    memset(x, 0, (size_t)n * sizeof *x);
    return x;
}

static double *copy(struct work *w, const double *x, int64_t n) {
    return memcpy(zeros(w, n), x, (size_t)n * sizeof *x);
}

static uint8_t *bits(struct work *w, int64_t rows, int64_t n) {
    return arena_alloc(&w->arena, (size_t)(rows * ((n + 7) / 8)), 64);
}

/* The offset of prefix.name.suffix. */
static size_t find(const struct work *w, const char *name, const char *suffix) {
    char full[3 * TENSOR_NAME_SIZE];
    snprintf(full, sizeof full, "%s%s%s", w->prefix, name, suffix);
    const struct tensor *tensor = params_find(w->ref->table, full);
    if (tensor == NULL)
        die("no tensor %s", full);
    return tensor->offset;
}

static struct dropout_key key_of(const struct work *w, uint32_t site) {
    struct origin origin = w->batch->origins[w->b];
    return (struct dropout_key){w->ref->options.dropout_seed, origin.lane,
                                origin.number, site};
}

/* y (rows,out) = x · wᵀ + bias */
static double *dense(struct work *w, const char *name, int64_t rows, int64_t in,
                     int64_t out, const double *x) {
    double *y = zeros(w, rows * out);
    ref_gemm(GEMM_N, GEMM_T, rows, out, in, 1, x, in,
             w->weights + find(w, name, ".weight"), in, 0, y, out);
    ref_vec_add_bias(rows, out, y, w->weights + find(w, name, ".bias"));
    return y;
}

/* dx += dy · w, and the gradients of w and bias */
static void dense_back(struct work *w, const char *name, int64_t rows, int64_t in,
                       int64_t out, const double *x, const double *dy, double *dx) {
    size_t weight = find(w, name, ".weight");
    ref_gemm(GEMM_T, GEMM_N, out, in, rows, 1, dy, out, x, in, 1, w->grads + weight,
             in);
    ref_vec_sum_rows(rows, out, dy, w->grads + find(w, name, ".bias"));
    ref_gemm(GEMM_N, GEMM_N, rows, in, out, 1, dy, out, w->weights + weight, in, 1, dx,
             in);
}

static double *norm(struct work *w, const char *name, int64_t rows, int64_t n,
                    double *x, double *rstd) {
    double *y = zeros(w, rows * n);
    ref_layernorm_forward(rows, n, x, w->weights + find(w, name, ".weight"),
                          w->weights + find(w, name, ".bias"),
                          w->ref->options.shape.norm_eps, y, rstd);
    return y;
}

static void norm_back(struct work *w, const char *name, int64_t rows, int64_t n,
                      const double *xhat, const double *rstd, double *d) {
    size_t weight = find(w, name, ".weight");
    ref_layernorm_backward(rows, n, xhat, w->weights + weight, rstd, d, d,
                           w->grads + weight, w->grads + find(w, name, ".bias"));
}

/* What a sublayer takes: x, or LayerNorm(x) where norms come before. */
static double *taken(struct work *w, const char *name, double *x,
                     struct norm_memory *memory) {
    memory->rstd = zeros(w, w->s);
    if (!w->pre)
        return x;
    memory->xhat = copy(w, x, w->s * w->H);
    return norm(w, name, w->s, w->H, memory->xhat, memory->rstd);
}

/* x + dropout(branch), and LayerNorm of it where norms come after. */
static double *residual(struct work *w, const char *name, uint32_t site, double *branch,
                        const double *x, struct norm_memory *memory) {
    struct dropout_key key = key_of(w, site);
    memory->keep = bits(w, w->s, w->H);
    ref_dropout_forward(w->s, w->H, w->H, &key, 0, w->hidden, branch, memory->keep);
    ref_vec_add(w->s * w->H, x, branch);
    if (w->pre)
        return branch;
    memory->xhat = branch;
    return norm(w, name, w->s, w->H, branch, memory->rstd);
}

/* d becomes the gradient of x; returns that of the branch. */
static double *residual_back(struct work *w, const char *name,
                             const struct norm_memory *memory, double *d) {
    if (!w->pre)
        norm_back(w, name, w->s, w->H, memory->xhat, memory->rstd, d);
    double *branch = zeros(w, w->s * w->H);
    ref_dropout_backward(w->s, w->H, w->H, w->hidden, memory->keep, d, branch);
    return branch;
}

/* Adds to d what comes from the gradient of what the sublayer took. */
static void taken_back(struct work *w, const char *name,
                       const struct norm_memory *memory, double *dtaken, double *d) {
    if (w->pre)
        norm_back(w, name, w->s, w->H, memory->xhat, memory->rstd, dtaken);
    ref_vec_add(w->s * w->H, dtaken, d);
}

/* Columns a·D … of the span's rows of x (s,W), copied out or added back. */
static double *columns(struct work *w, const struct head_memory *h, const double *x,
                       int64_t a, int64_t D) {
    double *y = zeros(w, h->s * D);
    for (int64_t i = 0; i < h->s; i++)
        memcpy(y + i * D, x + (h->row + i) * w->W + a * D, (size_t)D * sizeof *y);
    return y;
}

static void columns_add(const struct work *w, const struct head_memory *h,
                        const double *y, int64_t a, int64_t D, double *x) {
    for (int64_t i = 0; i < h->s; i++)
        for (int64_t j = 0; j < D; j++)
            x[(h->row + i) * w->W + a * D + j] += y[i * D + j];
}

static void head(struct work *w, struct layer_memory *m, int64_t layer, int64_t n,
                 int64_t a) {
    int64_t A = w->ref->options.shape.A, D = w->ref->options.shape.D;
    const int32_t *spans = w->batch->spans + w->span;
    struct head_memory *h = &m->heads[n * A + a];
    struct dropout_key key = key_of(w, pass_site(layer, SITE_PROBS));
    int64_t s = spans[n + 1] - spans[n];
    *h = (struct head_memory){.row = spans[n] - w->row, .s = s};
    h->q = columns(w, h, m->q, a, D);
    h->k = columns(w, h, m->k, a, D);
    h->v = columns(w, h, m->v, a, D);
    h->p = zeros(w, s * s);
    h->keep = bits(w, s, s);
    ref_gemm(GEMM_N, GEMM_T, s, s, D, 1, h->q, D, h->k, D, 0, h->p, s);
    ref_softmax_forward(s, s, s, 1 / sqrt((double)D), h->p);
    h->dropped = copy(w, h->p, s * s);
    ref_dropout_forward(s, s, s, &key, (uint32_t)(A * h->row + a * s), w->attention,
                        h->dropped, h->keep);
    double *context = zeros(w, s * D);
    ref_gemm(GEMM_N, GEMM_N, s, D, s, 1, h->dropped, s, h->v, D, 0, context, D);
    columns_add(w, h, context, a, D, m->context);
}

/* Adds to dq, dk, dv (s,W). */
static void head_back(struct work *w, const struct head_memory *h, int64_t a,
                      const double *dcontext, double *dq, double *dk, double *dv) {
    int64_t s = h->s, D = w->ref->options.shape.D;
    double *dc = columns(w, h, dcontext, a, D), *dp = zeros(w, s * s),
           *d = zeros(w, s * D);
    ref_gemm(GEMM_T, GEMM_N, s, D, s, 1, h->dropped, s, dc, D, 0, d, D);
    columns_add(w, h, d, a, D, dv);
    ref_gemm(GEMM_N, GEMM_T, s, s, D, 1, dc, D, h->v, D, 0, dp, s);
    ref_dropout_backward(s, s, s, w->attention, h->keep, dp, dp);
    ref_softmax_backward(s, s, s, 1 / sqrt((double)D), h->p, dp, dp);
    ref_gemm(GEMM_N, GEMM_N, s, D, s, 1, dp, s, h->k, D, 0, d, D);
    columns_add(w, h, d, a, D, dq);
    ref_gemm(GEMM_T, GEMM_N, s, D, s, 1, dp, s, h->q, D, 0, d, D);
    columns_add(w, h, d, a, D, dk);
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
    m->q = dense(w, "attention.self.query", s, H, W, m->in);
    m->k = dense(w, "attention.self.key", s, H, W, m->in);
    m->v = dense(w, "attention.self.value", s, H, W, m->in);
    m->context = zeros(w, s * W);
    m->heads =
        arena_alloc(&w->arena, (size_t)(w->spans * shape->A) * sizeof *m->heads, 64);
    for (int64_t n = 0; n < w->spans; n++)
        for (int64_t a = 0; a < shape->A; a++)
            head(w, m, layer, n, a);
    double *middle = residual(w, names.attention, pass_site(layer, SITE_ATTENTION),
                              dense(w, "attention.output.dense", s, W, H, m->context),
                              x, &m->attention);
    m->fed = taken(w, names.output, middle, &m->output);
    m->pre = dense(w, "intermediate.dense", s, H, F, m->fed);
    m->act = zeros(w, s * F);
    ref_gelu_forward(s, F, m->pre, zeros(w, F), m->act, shape->gelu == GELU_TANH);
    return residual(w, names.output, pass_site(layer, SITE_OUTPUT),
                    dense(w, "output.dense", s, F, H, m->act), middle, &m->output);
}

/* d: from the gradient of the layer's output to that of its input */
static void layer_back(struct work *w, const struct layer_memory *m, int64_t layer,
                       double *d) {
    const struct shape *shape = &w->ref->options.shape;
    struct norm_names names = norm_names(w);
    int64_t s = w->s, H = w->H, W = w->W, F = shape->F;
    double *dact = zeros(w, s * F), *dcontext = zeros(w, s * W);
    double *dq = zeros(w, s * W), *dk = zeros(w, s * W), *dv = zeros(w, s * W);
    double *dfed = zeros(w, s * H), *din = zeros(w, s * H);
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.layer.%d.", (int)layer);
    double *branch = residual_back(w, names.output, &m->output, d);
    dense_back(w, "output.dense", s, F, H, m->act, branch, dact);
    ref_gelu_backward(s, F, m->pre, dact, dact, shape->gelu == GELU_TANH);
    dense_back(w, "intermediate.dense", s, H, F, m->fed, dact, dfed);
    taken_back(w, names.output, &m->output, dfed, d);
    branch = residual_back(w, names.attention, &m->attention, d);
    dense_back(w, "attention.output.dense", s, W, H, m->context, branch, dcontext);
    for (int64_t i = 0; i < w->spans * shape->A; i++)
        head_back(w, &m->heads[i], i % shape->A, dcontext, dq, dk, dv);
    double *all[] = {dq, dk, dv};
    for (int i = 0; i < 3 && m == w->last && w->related[i]; i++)
        ref_vec_add(s * W, w->related[i], all[i]);
    dense_back(w, "attention.self.query", s, H, W, m->in, dq, din);
    dense_back(w, "attention.self.key", s, H, W, m->in, dk, din);
    dense_back(w, "attention.self.value", s, H, W, m->in, dv, din);
    taken_back(w, names.attention, &m->attention, din, d);
}

static double *embed(struct work *w, struct norm_memory *m) {
    const struct batch *batch = w->batch;
    struct dropout_key key = key_of(w, SITE_EMBEDDINGS);
    int64_t s = w->s, E = w->E;
    double *sum = zeros(w, s * E);
    m->rstd = zeros(w, s);
    m->keep = bits(w, s, E);
    snprintf(w->prefix, sizeof w->prefix, "bert.embeddings.");
    ref_embedding_forward(
        s, E, batch->ids + w->row, batch->positions + w->row, batch->segments + w->row,
        w->weights + find(w, "word_embeddings", ".weight"),
        w->weights + find(w, "position_embeddings", ".weight"),
        w->weights + find(w, "token_type_embeddings", ".weight"), sum);
    m->xhat = sum;
    double *y = w->pre ? sum : norm(w, "LayerNorm", s, E, sum, m->rstd);
    ref_dropout_forward(s, E, E, &key, 0, w->hidden, y, m->keep);
    return y;
}

static void embed_back(struct work *w, const struct norm_memory *m, double *d) {
    const struct batch *batch = w->batch;
    int64_t s = w->s, E = w->E;
    snprintf(w->prefix, sizeof w->prefix, "bert.embeddings.");
    ref_dropout_backward(s, E, E, w->hidden, m->keep, d, d);
    if (!w->pre)
        norm_back(w, "LayerNorm", s, E, m->xhat, m->rstd, d);
    ref_embedding_backward(s, E, batch->ids + w->row, d,
                           w->grads + find(w, "word_embeddings", ".weight"));
    ref_embedding_backward(s, E, batch->positions + w->row, d,
                           w->grads + find(w, "position_embeddings", ".weight"));
    ref_embedding_backward(s, E, batch->segments + w->row, d,
                           w->grads + find(w, "token_type_embeddings", ".weight"));
}

/* Embeddings of the layers' width. */
static double *project(struct work *w, double *embedded) {
    snprintf(w->prefix, sizeof w->prefix, "bert.");
    return w->E == w->H ? embedded
                        : dense(w, "embeddings_project", w->s, w->E, w->H, embedded);
}

/* From their gradient to that of the embeddings, which is returned. */
static double *project_back(struct work *w, const double *embedded, double *d) {
    if (w->E == w->H)
        return d;
    double *dembedded = zeros(w, w->s * w->E);
    snprintf(w->prefix, sizeof w->prefix, "bert.");
    dense_back(w, "embeddings_project", w->s, w->E, w->H, embedded, d, dembedded);
    return dembedded;
}

/* ---- which token was masked ---- */

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
    m->pre = dense(w, names.dense, M, in, out, x);
    m->act = zeros(w, M * out);
    m->rstd = zeros(w, M);
    ref_gelu_forward(M, out, m->pre, zeros(w, out), m->act,
                     w->ref->options.shape.gelu == GELU_TANH);
    return norm(w, names.norm, M, out, m->act, m->rstd);
}

/* From d (M,n_out), which is used up; returns the gradient of its input (M,n_in). */
static double *transform_back(struct work *w, const char *name,
                              const struct transform_memory *m, double *d) {
    struct transform_names names = transform_names(name);
    int64_t M = w->M, out = m->n_out;
    double *dx = zeros(w, M * m->n_in);
    norm_back(w, names.norm, M, out, m->act, m->rstd, d);
    ref_gelu_backward(M, out, m->pre, d, d, w->ref->options.shape.gelu == GELU_TANH);
    dense_back(w, names.dense, M, m->n_in, out, m->in, d, dx);
    return dx;
}

/* The loss of the masked tokens by rows x (M,E), which the word embedding decodes; dx
 * (M,E) becomes scale times their gradient. */
static double decode(struct work *w, const char *bias_name, double scale,
                     const double *x, double *dx) {
    int64_t M = w->M, E = w->E, V = w->ref->options.shape.V, right = 0;
    size_t word = find(w, "bert.embeddings.word_embeddings", ".weight");
    size_t bias = find(w, bias_name, "");
    double loss = 0, *g = w->grads, *logits = zeros(w, M * V);
    ref_gemm(GEMM_N, GEMM_T, M, V, E, 1, x, E, w->weights + word, E, 0, logits, V);
    ref_xent_forward_backward(M, V, V, logits, w->weights + bias,
                              w->batch->labels + w->masked, scale, &loss, &right);
    if (g == NULL)
        return loss;
    ref_vec_sum_rows(M, V, logits, g + bias);
    ref_gemm(GEMM_T, GEMM_N, V, E, M, 1, logits, V, x, E, 1, g + word, E);
    ref_gemm(GEMM_N, GEMM_N, M, E, V, 1, logits, V, w->weights + word, E, 0, dx, E);
    return loss;
}

/* How the rows x (M,E) of the head lose; dx (M,E) becomes the gradient, if there is
 * one. */
typedef double lose_fn(struct work *w, const double *x, double *dx);

static double lose_labels(struct work *w, const double *x, double *dx) {
    return decode(w, "cls.predictions.bias", w->ref->scale[OBJECTIVE_MLM], x, dx);
}

/* By the teacher's logits. */
static double lose_softly(struct work *w, const double *x, double *dx) {
    const struct targets *t = w->ref->targets;
    int64_t M = w->M, E = w->E, V = w->ref->options.shape.V;
    size_t word = find(w, "bert.embeddings.word_embeddings", ".weight");
    size_t bias = find(w, "cls.predictions.bias", "");
    double loss = 0, *g = w->grads, *logits = zeros(w, M * V), *theirs = zeros(w, V);
    ref_gemm(GEMM_N, GEMM_T, M, V, E, 1, x, E, w->weights + word, E, 0, logits, V);
    ref_vec_add_bias(M, V, logits, w->weights + bias);
    for (int64_t i = 0; i < M; i++) {
        int64_t from = t->logits.starts[w->masked + i];
        int64_t count = t->logits.starts[w->masked + i + 1] - from;
        for (int64_t k = 0; k < count; k++)
            theirs[k] = (double)t->logits.values[from + k];
        loss += ref_soft_row(count, t->logits.at + from, theirs, t->temperature, V,
                             w->ref->scale[OBJECTIVE_SOFT], logits + i * V);
    }
    if (g == NULL)
        return loss;
    ref_vec_sum_rows(M, V, logits, g + bias);
    ref_gemm(GEMM_T, GEMM_N, V, E, M, 1, logits, V, x, E, 1, g + word, E);
    ref_gemm(GEMM_N, GEMM_N, M, E, V, 1, logits, V, w->weights + word, E, 0, dx, E);
    return loss;
}

/* Masked rows, and what is made of them before anything is said. */
struct predictor_memory {
    int32_t *rows;
    struct transform_memory transform;
};

static const char predictor_name[] = "cls.predictions.transform";

static double *predictor(struct work *w, const double *x, struct predictor_memory *m) {
    double *at = zeros(w, w->M * w->H);
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

/* The loss of the masked rows; adds to d (s,H). */
static double predictions(struct work *w, lose_fn *lose, const double *x, double *d) {
    struct predictor_memory memory;
    double *dout = zeros(w, w->M * w->E), *out = predictor(w, x, &memory);
    double loss = lose(w, out, dout);
    predictor_back(w, &memory, dout, d);
    return loss;
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
    double *rows = zeros(w, M * 3 * H), *dout = zeros(w, M * w->E);
    struct transform_memory first, second;
    w->prefix[0] = '\0';
    size_t places = find(w, "cls.sbo.position_embeddings", ".weight");
    exchange(w, take, rows, x, copy(w, w->weights + places, 20 * H));
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

/* ---- what a teacher says ---- */

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
    double *z = zeros(w, s * s);
    ref_gemm(GEMM_N, GEMM_T, s, s, d, 1 / sqrt((double)d), x, d, x, d, 0, z, s);
    return z;
}

/* The teacher's columns of a span, kind (q, k, v) and relation head (s,d). */
static double *theirs(struct work *w, const struct head_memory *h, int kind,
                      int64_t head, int64_t d) {
    const struct targets *t = w->ref->targets;
    double *y = zeros(w, h->s * d);
    for (int64_t i = 0; i < h->s; i++)
        for (int64_t j = 0; j < d; j++)
            y[i * d + j] =
                (double)t->attention[(w->row + h->row + i) * 3 * t->attended +
                                     kind * t->attended + head * d + j];
    return y;
}

/* Adds to the gradient of what it is of. */
static double relation(struct work *w, const struct head_memory *h, int kind,
                       int64_t head) {
    const struct targets *t = w->ref->targets;
    double *of[] = {w->last->q, w->last->k, w->last->v}, loss = 0;
    double each = 1 / (3.0 * (double)t->relation_heads);
    int64_t s = h->s, d = w->W / t->relation_heads,
            td = t->attended / t->relation_heads;
    double *x = columns(w, h, of[kind], head, d), *dx = zeros(w, s * d);
    double *own = relate(w, s, d, x),
           *goal = relate(w, s, td, theirs(w, h, kind, head, td));
    for (int64_t i = 0; i < s; i++)
        loss +=
            each * ref_soft_row(s, NULL, goal + i * s, 1, s,
                                each * w->ref->scale[OBJECTIVE_RELATION], own + i * s);
    double inverse = 1 / sqrt((double)d);
    ref_gemm(GEMM_N, GEMM_N, s, d, s, inverse, own, s, x, d, 0, dx, d);
    ref_gemm(GEMM_T, GEMM_N, s, d, s, inverse, own, s, x, d, 1, dx, d);
    columns_add(w, h, dx, head, d, w->related[kind]);
    return loss;
}

static double relations(struct work *w) {
    const int32_t *spans = w->batch->spans + w->span;
    double loss = 0;
    for (int kind = 0; kind < 3; kind++) {
        w->related[kind] = zeros(w, w->s * w->W);
        for (int64_t n = 0; n < w->spans; n++) {
            struct head_memory h = {.row = spans[n] - w->row,
                                    .s = spans[n + 1] - spans[n]};
            for (int64_t head = 0; head < w->ref->targets->relation_heads; head++)
                loss += relation(w, &h, kind, head);
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

static double latent(struct work *w, const double *x, double *d) {
    int64_t K = w->ref->options.shape.K;
    struct predictor_memory memory;
    double loss = 0, *dout = zeros(w, w->M * w->E), *out = predictor(w, x, &memory);
    double *z = dense(w, "cls.latent", w->M, w->E, K, out);
    for (int64_t i = 0; i < w->M; i++)
        loss += divergence(w, i, w->ref->scale[OBJECTIVE_LATENT], z + i * K);
    if (w->grads)
        dense_back(w, "cls.latent", w->M, w->E, K, out, z, dout);
    predictor_back(w, &memory, dout, d);
    return loss;
}

/* Of all that there is. */
static double taught(struct work *w, const double *x, double *d) {
    uint32_t set = w->ref->options.objectives;
    double loss = 0;
    if (w->M > 0 && objectives_has(set, OBJECTIVE_SOFT))
        loss += w->ref->scale[OBJECTIVE_SOFT] * predictions(w, lose_softly, x, d);
    if (objectives_has(set, OBJECTIVE_RELATION))
        loss += w->ref->scale[OBJECTIVE_RELATION] * relations(w);
    if (objectives_has(set, OBJECTIVE_COSINE))
        loss += w->ref->scale[OBJECTIVE_COSINE] * likeness(w, x, d);
    if (w->M > 0 && objectives_has(set, OBJECTIVE_LATENT))
        loss += w->ref->scale[OBJECTIVE_LATENT] * latent(w, x, d);
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
    double loss = 0, *act = zeros(w, s * H), *dact = zeros(w, s * H);
    w->prefix[0] = '\0';
    double *pre = dense(w, first, s, H, H, x);
    ref_gelu_forward(s, H, pre, zeros(w, H), act, tanh);
    double *z = dense(w, second, s, H, 1, act);
    for (int64_t t = 0; t < s; t++) {
        double p = 1 / (1 + exp(-z[t]));
        loss -= is_replaced(w, t) ? log(p) : log(1 - p);
        z[t] = w->ref->scale[OBJECTIVE_RTD] * (p - is_replaced(w, t));
    }
    if (w->grads == NULL)
        return loss;
    dense_back(w, second, s, H, 1, act, z, dact);
    ref_gelu_backward(s, H, pre, dact, dact, tanh);
    dense_back(w, first, s, H, H, x, dact, d);
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
    double loss = 0, *dpooled = zeros(w, H);
    w->prefix[0] = '\0';
    double *pooled = dense(w, "bert.pooler.dense", 1, H, H, x);
    ref_vec_tanh(H, pooled, pooled);
    double *logits = dense(w, "cls.seq_relationship", 1, H, 2, pooled);
    double nothing[2] = {0, 0};
    ref_xent_forward_backward(1, 2, 2, logits, nothing, w->batch->next + w->b,
                              pair_scale(w->ref), &loss, &right);
    if (w->grads == NULL)
        return loss;
    dense_back(w, "cls.seq_relationship", 1, H, 2, pooled, logits, dpooled);
    ref_vec_tanh_backward(H, pooled, dpooled, dpooled);
    dense_back(w, "bert.pooler.dense", 1, H, H, x, dpooled, d);
    return loss;
}

static double sequence_loss(struct work *w) {
    const struct refbert *ref = w->ref;
    int64_t L = ref->options.shape.L;
    struct norm_memory embedding;
    struct layer_memory *layers =
        arena_alloc(&w->arena, (size_t)L * sizeof *layers, 64);
    double *d = zeros(w, w->s * w->H), loss = 0, *embedded = embed(w, &embedding);
    double *x = project(w, embedded);
    for (int64_t l = 0; l < L; l++)
        x = layer_forward(w, &layers[l], l, x);
    struct norm_memory last = {0};
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.");
    x = taken(w, "ln", x, &last);
    if (objectives_has(ref->options.objectives, OBJECTIVE_RTD))
        loss += ref->scale[OBJECTIVE_RTD] * replacements(w, x, d);
    if (w->M > 0 && objectives_has(ref->options.objectives, OBJECTIVE_MLM))
        loss += ref->scale[OBJECTIVE_MLM] * predictions(w, lose_labels, x, d);
    if (w->M > 0 && objectives_has(ref->options.objectives, OBJECTIVE_SBO))
        loss += ref->scale[OBJECTIVE_SBO] * boundaries(w, x, d);
    w->last = &layers[L - 1];
    loss += taught(w, x, d);
    if (w->batch->next[w->b] >= 0 && objectives_pair(ref->options.objectives))
        loss += pair_scale(ref) * next_sentence(w, x, d);
    if (w->grads == NULL)
        return loss;
    snprintf(w->prefix, sizeof w->prefix, "bert.encoder.");
    if (w->pre)
        norm_back(w, "ln", w->s, w->H, last.xhat, last.rstd, d);
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
