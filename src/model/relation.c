/* SPDX-License-Identifier: Apache-2.0 */
/* What a teacher's tokens have to do with each other: of its queries among themselves,
 * its keys and its values, softmax(X Xᵀ / √d) by relation heads, which the student's
 * last layer learns (Wang et al. 2021, "MiniLMv2: multi-head self-attention relation
 * distillation").  Each side's columns are cut anew into as many relation heads, so
 * that neither width nor heads have to be alike.  The loss of a row is the mean
 * divergence of the three kinds and all heads; there, sequences count alike however
 * long they are, and here rows do. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/gemm.h"
#include "src/kernels/soft.h"
#include "src/model/objective.h"

enum { KINDS = 3 }; /* queries, keys, values */

struct relation {
    int64_t longest; /* tokens of a span */
    float *desks;    /* (threads,desk) */
    double *losses;  /* (N) of the spans */
};

/* What a thread needs for a span and relation head. */
struct desk {
    float *own, *theirs; /* (s,s) */
    float *q;            /* (s) */
};

static int64_t desk_floats(int64_t s) { return 2 * s * s + (s + 15) / 16 * 16; }

static void relation_place(void *own, const struct model_options *options,
                           struct carve *carve) {
    struct relation *relation = own;
    relation->longest = options->max_length;
    relation->desks =
        carve_floats(carve, omp_get_max_threads(), desk_floats(options->max_length));
    relation->losses = carve_take(carve, options->max_tokens, sizeof *relation->losses);
}

static struct desk desk_of(const struct relation *relation) {
    int64_t s = relation->longest;
    float *at = relation->desks + omp_get_thread_num() * desk_floats(s);
    return (struct desk){at, at + s * s, at + 2 * s * s};
}

/* All rows are looked at. */
static void relation_mark(const struct pass *pass, void *own, bool *marked) {
    (void)own;
    memset(marked, true, (size_t)pass->T * sizeof *marked);
}

static int64_t relation_count(const struct batch *batch) { return batch->T; }

/* Columns of one kind and relation head, of the rows of a span. */
struct columns {
    struct matrix x;
    int64_t d;
};

static struct columns own_columns(const struct pass *pass, int64_t row, int kind,
                                  int64_t head) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    const struct layer_state *state = &model->layers[model->depth - 1];
    int64_t W = shape->A * shape->D, d = W / pass->targets->relation_heads;
    return (struct columns){
        kind == 0 ? matrix_from(state->q, row, head * d)
                  : matrix_from(state->kv, row, (kind - 1) * W + head * d),
        d};
}

static struct columns their_columns(const struct targets *t, int64_t row, int kind,
                                    int64_t head) {
    int64_t ld = KINDS * t->attended, d = t->attended / t->relation_heads;
    return (struct columns){
        matrix_f32(t->attention + row * ld + kind * t->attended + head * d, ld), d};
}

/* X Xᵀ / √d. */
static void relate(const struct columns *c, int64_t s, float *out) {
    float inverse = (float)(1 / sqrt((double)c->d));
    gemm(GEMM_N, GEMM_T, s, s, c->d, c->x, c->x, false, matrix_f32(out, s));
    for (int64_t j = 0; j < s * s; j++)
        out[j] *= inverse;
}

/* From the gradient of X Xᵀ to that of X. */
static void relate_back(const struct columns *c, int64_t s, const float *d, float *dx,
                        int64_t ld) {
    gemm(GEMM_N, GEMM_N, s, c->d, s, matrix_f32(d, s), c->x, false, matrix_f32(dx, ld));
    gemm(GEMM_T, GEMM_N, s, c->d, s, matrix_f32(d, s), c->x, true, matrix_f32(dx, ld));
}

/* Of a span, kind and relation head; each row counts `scale`. */
static double head_loss(const struct pass *pass, const struct desk *desk, int64_t n,
                        int kind, int64_t head, float scale) {
    const struct model *model = pass->model;
    int64_t row = pass->spans[n], s = pass->spans[n + 1] - row;
    int64_t W = model->options.shape.A * model->options.shape.D;
    const struct columns own = own_columns(pass, row, kind, head);
    const struct columns theirs = their_columns(pass->targets, row, kind, head);
    float inner = (float)(scale / sqrt((double)own.d));
    double loss = 0;
    relate(&own, s, desk->own);
    relate(&theirs, s, desk->theirs);
    for (int64_t i = 0; i < s; i++) {
        const struct soft_target target = {s, NULL, desk->theirs + i * s, 1};
        loss += soft_row(&target, s, inner, desk->own + i * s, desk->q);
    }
    if (scale == 0) /* nothing is learnt of it */
        memset(desk->own, 0, (size_t)(s * s) * sizeof *desk->own);
    if (pass->grads)
        relate_back(&own, s, desk->own,
                    model->dattended + (row * KINDS + kind) * W + head * own.d,
                    KINDS * W);
    return loss;
}

static double span_loss(const struct pass *pass, const struct relation *relation,
                        int64_t n, float scale) {
    const struct desk desk = desk_of(relation);
    int64_t heads = pass->targets->relation_heads;
    double loss = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (int64_t head = 0; head < heads; head++)
            loss +=
                head_loss(pass, &desk, n, kind, head, scale / (float)(KINDS * heads));
    return loss / (double)(KINDS * heads);
}

static void relation_run(const struct pass *pass, void *own, const float *x,
                         float scale, struct sum *sum) {
    const struct relation *relation = own;
    (void)x;
    CHECK(pass->targets->attention && pass->targets->tokens == pass->T &&
          pass->R == pass->T);
    enum stage outer = stage_to(STAGE_SCORES);
#pragma omp for schedule(dynamic)
    for (int64_t n = 0; n < pass->N; n++)
        relation->losses[n] = span_loss(pass, relation, n, scale);
#pragma omp single
    {
        for (int64_t n = 0; n < pass->N; n++)
            sum->loss += relation->losses[n];
        sum->count += pass->T;
    }
    stage_to(outer);
}

/* Its products are as many as a span is long, which a count does not tell. */
static double relation_flops(const struct shape *shape, int64_t count) {
    (void)shape, (void)count;
    return 0;
}

const struct objective relation_objective = {.targets = TARGET_ATTENTION,
                                             .bytes = sizeof(struct relation),
                                             .place = relation_place,
                                             .count = relation_count,
                                             .mark = relation_mark,
                                             .run = relation_run,
                                             .flops = relation_flops};
