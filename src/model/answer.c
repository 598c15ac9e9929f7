/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to questions: see answer.h.  They are few, next to the encoder's rows: one
 * thread does it. */
#include "src/model/answer.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/vec.h"
#include "src/kernels/xent.h"
#include "src/model/dense.h"
#include "src/model/pooler.h"

#define AT(member) offsetof(struct answer, member)

const struct row answer_rows[] = {
    {"classifier.weight", "C", "H", ROW_MATRIX, AT(classifier.weight)},
    {0},
};

const struct row answer_last[] = {
    {"classifier.bias", "C", NULL, ROW_BIAS, AT(classifier.bias)},
    {0},
};

static void place(struct answer *a, const struct model_options *options, int64_t M,
                  struct carve *carve) {
    int64_t H = options->shape.H;
    a->at = carve_take(carve, M, sizeof *a->at);
    a->from = carve_take(carve, M, sizeof *a->from);
    a->rows = carve_floats(carve, M, H);
    a->keep = carve_take(carve, M * ((H + 7) / 8), 1);
    a->logits = carve_floats(carve, M, options->shape.C);
}

void answer_place(void *own, const struct model_options *options, struct carve *carve) {
    place(own, options, options->max_tokens, carve);
}

void answer_place_pooled(void *own, const struct model_options *options,
                         struct carve *carve) {
    struct answer *a = own;
    a->pooled = true;
    place(a, options, options->max_sequences, carve);
}

/* ---- up ---- */

/* The rows that are judged (M,H), before dropout. */
static void take_rows(const struct pass *pass, const struct answer *a, const float *x) {
    int64_t M = pass->M, H = pass->model->options.shape.H;
    for (int64_t i = 0; i < M; i++) {
        a->at[i] = pass->masked[i] - pass->row;
        a->from[i] = pass->chosen_at[a->at[i]];
    }
    if (!a->pooled) {
        rows_gather(M, H, a->from, x, a->rows);
        return;
    }
    CHECK(M == pass->B);
    pooler_forward(pass, x);
    memcpy(a->rows, pass->model->pooler.pooled, (size_t)(M * H) * sizeof *a->rows);
}

/* Logits (M,C), without their bias. */
static void answer_forward(const struct pass *pass, const struct answer *a,
                           const float *x, float *logits) {
    int64_t M = pass->M, H = pass->model->options.shape.H;
    take_rows(pass, a, x);
    if (pass->hidden_threshold > 0) {
        pass_draw(pass, pass_site(-1, SITE_ANSWER), a->at, 0, M, a->keep);
        dropout_apply(M, H, H, pass->hidden_threshold, a->keep, a->rows, a->rows);
    }
    dense_forward(M, H, pass->model->options.shape.C, a->rows,
                  pass->weights + a->classifier.weight, logits);
}

/* ---- down ---- */

/* From the gradient of the logits, after answer_forward. */
static void answer_backward(const struct pass *pass, const struct answer *a) {
    const struct shape *shape = &pass->model->options.shape;
    const struct pooler *pooler = &pass->model->pooler;
    int64_t M = pass->M, H = shape->H, C = shape->C;
    float *g = pass->grads;
    vec_sum_rows(M, C, C, a->logits, g + a->classifier.bias);
    dense_backward_weight(M, H, C, a->rows, a->logits, g + a->classifier.weight);
    dense_backward_input(M, H, C, pass->weights + a->classifier.weight, a->logits,
                         a->rows);
    if (pass->hidden_threshold > 0)
        dropout_apply(M, H, H, pass->hidden_threshold, a->keep, a->rows, a->rows);
    if (!a->pooled) {
        rows_scatter_add(M, H, a->from, a->rows, pass->model->dout);
        return;
    }
    memcpy(pooler->dpooled, a->rows, (size_t)(M * H) * sizeof *a->rows);
    pooler_backward(pass);
}

static void judge(const struct pass *pass, const struct answer *a, const float *x,
                  float scale, struct sum *sum, answer_loss *loss) {
    if (pass->M == 0)
        return;
    answer_forward(pass, a, x, a->logits);
    loss(pass, pass->weights + a->classifier.bias, a->logits, scale, sum);
    sum->count += pass->M;
    if (scale != 0)
        answer_backward(pass, a);
}

void answer_run(const struct pass *pass, struct answer *answer, const float *x,
                float scale, struct sum *sum, answer_loss *loss) {
    enum stage outer = stage_to(STAGE_NEXT);
#pragma omp single
    judge(pass, answer, x, scale, sum, loss);
    stage_to(outer);
}

/* Row by row, each with what it counts. */
static void weighted_xent(const struct pass *pass, const float *bias, float *logits,
                          float scale, struct sum *sum) {
    int64_t C = pass->model->options.shape.C;
    for (int64_t i = 0; i < pass->M; i++) {
        double loss = 0;
        xent_forward_backward(1, C, C, logits + i * C, bias, pass->labels + i,
                              scale * pass->counts[i], &loss, &sum->correct);
        sum->loss += pass->counts[i] * loss;
    }
}

void answer_xent(const struct pass *pass, const float *bias, float *logits, float scale,
                 struct sum *sum) {
    int64_t C = pass->model->options.shape.C;
    if (pass->counts)
        weighted_xent(pass, bias, logits, scale, sum);
    else
        xent_forward_backward(pass->M, C, C, logits, bias, pass->labels, scale,
                              &sum->loss, &sum->correct);
}

/* ---- what else an objective has ---- */

int64_t answer_count(const struct batch *batch) { return batch->M; }

double answer_flops(const struct shape *shape, int64_t count) {
    return 6 * (double)count * (double)(shape->H * shape->C);
}

double answer_flops_pooled(const struct shape *shape, int64_t count) {
    return 6 * (double)count * (double)(shape->H * (shape->H + shape->C));
}

void answer_predict(const struct pass *pass, const float *x, float *logits) {
    const struct answer *a = objective_part(pass->model, answer_rows);
    int64_t C = pass->model->options.shape.C;
    CHECK(a);
    if (pass->M == 0)
        return;
    answer_forward(pass, a, x, logits);
    vec_add_bias(pass->M, C, C, logits, pass->weights + a->classifier.bias);
}
