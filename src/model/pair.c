/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier of pairs: see pair.h. */
#include "src/model/pair.h"

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/vec.h"
#include "src/kernels/xent.h"
#include "src/model/dense.h"
#include "src/model/pooler.h"

#define AT(member) offsetof(struct pair, member)

const struct row pair_rows[] = {
    {"cls.seq_relationship.weight", "2", "H", ROW_MATRIX, AT(label.weight)},
    {0},
};

const struct row pair_last[] = {
    {"cls.seq_relationship.bias", "2", NULL, ROW_BIAS, AT(label.bias)},
    {0},
};

void pair_place(void *own, const struct model_options *options, struct carve *carve) {
    struct pair *pair = own;
    pair->logits = carve_floats(carve, options->max_sequences, 2);
}

/* Team.  Logits (B,2), without their bias. */
static void pair_forward(const struct pass *pass, const struct pair *pair,
                         const float *x, float *logits) {
    pooler_forward(pass, pass->starts, pass->B, x);
    dense_forward(pass->B, pass->model->options.shape.H, 2, pass->model->pooler.pooled,
                  pass->weights + pair->label.weight, logits);
}

/* Team.  From their gradient (B,2), after pair_forward. */
static void pair_backward(const struct pass *pass, const struct pair *pair) {
    const struct pooler *pooler = &pass->model->pooler;
    float *g = pass->grads, *d = pair->logits;
    int64_t B = pass->B, H = pass->model->options.shape.H;
#pragma omp single nowait
    vec_sum_rows(B, 2, matrix_f32(d, 2), g + pair->label.bias);
    dense_backward_weight(B, H, 2, pooler->pooled, d, g + pair->label.weight);
    dense_backward_input(B, H, 2, pass->weights + pair->label.weight, d,
                         pooler->dpooled);
    pooler_backward(pass, B);
}

static int64_t count_pairs(const struct pass *pass) {
    int64_t pairs = 0;
    for (int64_t b = 0; b < pass->B; b++)
        pairs += pass->next[b] >= 0;
    return pairs;
}

void pair_run(const struct pass *pass, void *own, const float *x, float scale,
              struct sum *sum) {
    const struct pair *pair = own;
    int64_t pairs = count_pairs(pass);
    if (pairs == 0)
        return;
    enum stage outer = stage_to(STAGE_NEXT);
    pair_forward(pass, pair, x, pair->logits);
#pragma omp single
    {
        xent_forward_backward(pass->B, 2, 2, pair->logits,
                              pass->weights + pair->label.bias, pass->next, scale,
                              &sum->loss, &sum->correct);
        sum->count += pairs;
    }
    stage_to(STAGE_DNEXT);
    if (scale != 0)
        pair_backward(pass, pair);
    stage_to(outer);
}

int64_t pair_count(const struct batch *batch) {
    int64_t pairs = 0;
    for (int64_t b = 0; b < batch->B; b++)
        pairs += batch->next[b] != NEXT_NONE;
    return pairs;
}

/* Pooler and logits. */
double pair_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H;
    return (double)count * (6 * H * H + 12 * H);
}

void pair_predict(const struct pass *pass, const float *x, float *logits) {
    const struct pair *pair = objective_part(pass->model, pair_rows);
    CHECK(pair);
    const struct matrix z = matrix_f32(logits, 2);
    pair_forward(pass, pair, x, logits);
#pragma omp single
    vec_add_bias(pass->B, 2, z, pass->weights + pair->label.bias, z);
}
