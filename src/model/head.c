/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of tasks: see head.h.  Their rows are few, or their columns, next to the
 * encoder: but for products one thread does it. */
#include "src/model/head.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/vec.h"
#include "src/kernels/xent.h"
#include "src/model/dense.h"
#include "src/model/pooler.h"

#define AT(member) offsetof(struct head, member)

const struct row head_rows[] = {
    {"classifier.weight", "C", "H", ROW_MATRIX, AT(classifier.weight)},
    {0},
};

const struct row head_last[] = {
    {"classifier.bias", "C", NULL, ROW_BIAS, AT(classifier.bias)},
    {0},
};

const struct row head_marked_rows[] = {
    {"word_classifier.weight", "C", "3H", ROW_MATRIX, AT(classifier.weight)},
    {0},
};

const struct row head_marked_last[] = {
    {"word_classifier.bias", "C", NULL, ROW_BIAS, AT(classifier.bias)},
    {0},
};

static void place(struct head *head, enum head_which which, int64_t n,
                  const struct model_options *options, struct carve *carve) {
    bool marked = which == HEAD_MARKED;
    head->which = which;
    head->width = (marked ? 3 : 1) * options->shape.H;
    head->at = carve_take(carve, n, sizeof *head->at);
    head->from = carve_take(carve, n, sizeof *head->from);
    head->words = carve_take(carve, marked ? 2 * n : 0, sizeof *head->words);
    head->rows = carve_floats(carve, n, head->width);
    head->keep = carve_take(carve, n * ((head->width + 7) / 8), 1);
    head->logits = carve_floats(carve, n, options->shape.C);
}

void head_place_pooled(void *own, const struct model_options *options,
                       struct carve *carve) {
    place(own, HEAD_POOLED, options->max_sequences, options, carve);
}

void head_place_masked(void *own, const struct model_options *options,
                       struct carve *carve) {
    place(own, HEAD_MASKED, options->max_tokens, options, carve);
}

void head_place_all(void *own, const struct model_options *options,
                    struct carve *carve) {
    place(own, HEAD_ALL, options->max_tokens, options, carve);
}

void head_place_marked(void *own, const struct model_options *options,
                       struct carve *carve) {
    place(own, HEAD_MARKED, options->max_sequences, options, carve);
}

/* ---- up ---- */

static int64_t count_rows(const struct pass *pass, enum head_which which) {
    switch (which) {
    case HEAD_POOLED: return pass->N;
    case HEAD_MASKED: return pass->M;
    case HEAD_MARKED: return pass->B;
    default: return pass->T;
    }
}

static int32_t row_of(const struct pass *pass, enum head_which which, int64_t i) {
    switch (which) {
    case HEAD_POOLED: return pass->spans[i];
    case HEAD_MASKED: return pass->masked[i] - pass->row;
    case HEAD_MARKED: return pass->starts[i];
    default: return (int32_t)i;
    }
}

/* Lists the n rows that are judged. */
static void list_rows(const struct pass *pass, const struct head *head, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        head->at[i] = row_of(pass, head->which, i);
        head->from[i] = pass->chosen_at[head->at[i]];
    }
    for (int64_t i = 0; head->which == HEAD_MARKED && i < 2 * n; i++)
        head->words[i] =
            pass->chosen_at[pass->masked[i / 2 * 3 + 1 + i % 2] - pass->row];
}

static bool is_pooled(const struct head *head) {
    return head->which == HEAD_POOLED || head->which == HEAD_MARKED;
}

static bool drops(const struct pass *pass, const struct head *head) {
    return pass->hidden_threshold > 0 && head->which != HEAD_ALL;
}

/* What is pooled, and of HEAD_MARKED the states of two words beside it. */
static void gather_pooled(const struct pass *pass, const struct head *head, int64_t n,
                          const float *x) {
    int64_t H = pass->model->options.shape.H;
    size_t row = (size_t)H * sizeof *x;
    for (int64_t i = 0; i < n; i++) {
        float *to = head->rows + i * head->width;
        memcpy(to, pass->model->pooler.pooled + i * H, row);
        for (int k = 0; head->which == HEAD_MARKED && k < 2; k++)
            memcpy(to + (1 + k) * H, x + head->words[2 * i + k] * H, row);
    }
}

/* What the classifier reads of the n listed rows. */
static void gather(const struct pass *pass, const struct head *head, int64_t n,
                   const float *x) {
    int64_t width = head->width;
    const struct matrix rows = matrix_f32(head->rows, width);
    if (is_pooled(head))
        gather_pooled(pass, head, n, x);
    else
        rows_gather(n, width, head->from, matrix_f32(x, width), rows);
    if (drops(pass, head)) {
        pass_draw(pass, pass_site(-1, SITE_HEAD), head->at, 0, n, width, head->keep);
        dropout_apply(n, width, pass->hidden_threshold, head->keep, rows, rows);
    }
}

/* Team.  Logits (n,C), without their bias. */
static void head_forward(const struct pass *pass, const struct head *head, int64_t n,
                         const float *x, float *logits) {
#pragma omp single
    list_rows(pass, head, n);
    if (is_pooled(head))
        pooler_forward(pass, head->at, n, x);
#pragma omp single
    gather(pass, head, n, x);
    dense_forward(n, head->width, pass->model->options.shape.C, head->rows,
                  pass->weights + head->classifier.weight, logits);
}

/* ---- down ---- */

/* What gather_pooled took, back to where it was. */
static void scatter_pooled(const struct pass *pass, const struct head *head,
                           int64_t n) {
    int64_t H = pass->model->options.shape.H;
    for (int64_t i = 0; i < n; i++) {
        const float *from = head->rows + i * head->width;
        memcpy(pass->model->pooler.dpooled + i * H, from, (size_t)H * sizeof *from);
        for (int k = 0; head->which == HEAD_MARKED && k < 2; k++)
            vec_add(H, from + (1 + k) * H,
                    pass->model->dout + head->words[2 * i + k] * H);
    }
}

/* From the gradient of what gather made. */
static void scatter(const struct pass *pass, const struct head *head, int64_t n) {
    int64_t width = head->width;
    const struct matrix rows = matrix_f32(head->rows, width);
    if (drops(pass, head))
        dropout_apply(n, width, pass->hidden_threshold, head->keep, rows, rows);
    if (is_pooled(head))
        scatter_pooled(pass, head, n);
    else
        rows_scatter_add(n, width, head->from, head->rows, pass->model->dout);
}

/* Team.  From the gradient of the logits, after head_forward. */
static void head_backward(const struct pass *pass, const struct head *head, int64_t n) {
    int64_t width = head->width, C = pass->model->options.shape.C;
    float *g = pass->grads;
#pragma omp single nowait
    vec_sum_rows(n, C, matrix_f32(head->logits, C), g + head->classifier.bias);
    dense_backward_weight(n, width, C, head->rows, head->logits,
                          g + head->classifier.weight);
    dense_backward_input(n, width, C, pass->weights + head->classifier.weight,
                         head->logits, head->rows);
#pragma omp single
    scatter(pass, head, n);
    if (is_pooled(head))
        pooler_backward(pass, n);
}

void head_run(const struct pass *pass, struct head *head, const float *x, float scale,
              struct sum *sum, head_loss *loss) {
    int64_t n = count_rows(pass, head->which);
    if (n == 0)
        return;
    enum stage outer = stage_to(STAGE_NEXT);
    head_forward(pass, head, n, x, head->logits);
#pragma omp single
    loss(pass, pass->weights + head->classifier.bias, head->logits, scale, sum);
    if (scale != 0)
        head_backward(pass, head, n);
    stage_to(outer);
}

/* ---- losses ---- */

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

void head_xent(const struct pass *pass, const float *bias, float *logits, float scale,
               struct sum *sum) {
    int64_t C = pass->model->options.shape.C;
    if (pass->counts)
        weighted_xent(pass, bias, logits, scale, sum);
    else
        xent_forward_backward(pass->M, C, C, logits, bias, pass->labels, scale,
                              &sum->loss, &sum->correct);
    sum->count += pass->M;
}

void head_choice(int64_t n, int64_t stride, float *logits, int64_t right, float scale,
                 struct sum *sum) {
    int64_t best = 0;
    double all = 0;
    CHECK(right >= 0 && right < n);
    for (int64_t i = 1; i < n; i++)
        best = logits[i * stride] > logits[best * stride] ? i : best;
    const double most = logits[best * stride];
    for (int64_t i = 0; i < n; i++)
        all += exp(logits[i * stride] - most);
    sum->loss += log(all) + most - logits[right * stride];
    sum->correct += best == right;
    sum->count++;
    for (int64_t i = 0; scale != 0 && i < n; i++) {
        double share = exp(logits[i * stride] - most) / all;
        logits[i * stride] = (float)(share - (i == right)) * scale;
    }
}

/* ---- what else an objective has ---- */

int64_t head_count_masked(const struct batch *batch) { return batch->M; }

int64_t head_count_sequences(const struct batch *batch) { return batch->B; }

double head_flops(const struct shape *shape, int64_t count) {
    return 6 * (double)count * (double)(shape->H * shape->C);
}

double head_flops_pooled(const struct shape *shape, int64_t count) {
    return 6 * (double)count * (double)(shape->H * (shape->H + shape->C));
}

double head_flops_marked(const struct shape *shape, int64_t count) {
    return 6 * (double)count * (double)(shape->H * (shape->H + 3 * shape->C));
}

int64_t head_predict(const struct pass *pass, const float *x, float *logits) {
    const struct head *head = objective_part(pass->model, head_rows);
    if (head == NULL)
        head = objective_part(pass->model, head_marked_rows);
    CHECK(head);
    int64_t C = pass->model->options.shape.C, n = count_rows(pass, head->which);
    if (n == 0)
        return 0;
    const struct matrix z = matrix_f32(logits, C);
    head_forward(pass, head, n, x, logits);
#pragma omp single
    vec_add_bias(n, C, z, pass->weights + head->classifier.bias, z);
    return n;
}
