/* SPDX-License-Identifier: Apache-2.0 */
/* Replaced token detection of Clark et al. (2020, "ELECTRA: Pre-training text encoders
 * as discriminators rather than generators"): is a token the one that the text has, or
 * was it put in its place?  All rows go through dense and gelu to one logit; above 0 it
 * says "replaced".  A masked row whose id is not its label was replaced; where the
 * label was put in again, it is the text's own. */
#include "src/model/rtd.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/gelu.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/model/objective.h"
#include "src/model/weights.h"

/* What a block of rows comes to; they are added up in their order. */
struct verdict {
    double loss;
    int64_t correct;
    float slope; /* the gradient of the answer's bias */
};

struct rtd {
    struct linear_places dense;  /* (H,H) */
    struct linear_places answer; /* (1,H) */
    bool *replaced;              /* (T) */
    float *panels;               /* dense, packed for the way up or down */
    float *slope;                /* (T,H) of gelu */
    float *act;                  /* (T,H) later the gradient before gelu */
    float *logits;               /* (T) later their gradient */
    float *sums;                 /* (blocks,2H) of the answer, of dense's bias */
    struct verdict *verdicts;    /* (blocks) */
};

static const struct row rtd_rows[] = {
    {"discriminator_predictions.dense.weight", "H", "H", ROW_MATRIX,
     offsetof(struct rtd, dense.weight)},
    {"discriminator_predictions.dense.bias", "H", NULL, ROW_BIAS,
     offsetof(struct rtd, dense.bias)},
    {"discriminator_predictions.dense_prediction.weight", "1", "H", ROW_MATRIX,
     offsetof(struct rtd, answer.weight)},
    {0},
};

static const struct row rtd_last[] = {
    {"discriminator_predictions.dense_prediction.bias", "1", NULL, ROW_BIAS,
     offsetof(struct rtd, answer.bias)},
    {0},
};

static void rtd_place(void *own, const struct model_options *options,
                      struct carve *carve) {
    struct rtd *rtd = own;
    int64_t T = options->max_tokens, H = options->shape.H, blocks = block_count(T);
    rtd->replaced = carve_take(carve, T, sizeof *rtd->replaced);
    rtd->panels = carve_floats(carve, weights_packed_floats(H, H), 1);
    rtd->slope = carve_floats(carve, T, H);
    rtd->act = carve_floats(carve, T, H);
    rtd->logits = carve_floats(carve, T, 1);
    rtd->sums = carve_floats(carve, blocks, 2 * H);
    rtd->verdicts = carve_take(carve, blocks, sizeof *rtd->verdicts);
}

static int64_t rtd_count(const struct batch *batch) { return batch->T; }

static void rtd_mark(const struct pass *pass, void *own, bool *marked) {
    struct rtd *rtd = own;
    for (int64_t t = 0; t < pass->T; t++) {
        marked[t] = true;
        rtd->replaced[t] = false;
    }
    for (int64_t i = 0; i < pass->M; i++) {
        int32_t t = pass->masked[i] - pass->row;
        rtd->replaced[t] = pass->ids[t] != pass->labels[i];
    }
}

/* ---- up ---- */

/* Logits of a block, without their bias. */
static void forward_block(const struct pass *pass, const struct rtd *rtd,
                          const struct gemm_packed *dense, const float *x,
                          struct block b) {
    const struct shape *shape = &pass->model->options.shape;
    const float *w = pass->weights;
    int64_t H = shape->H, at = b.first * H;
    gemm_rows(b.count, matrix_f32(x + at, H), dense, false,
              matrix_f32(rtd->slope + at, H));
    const struct matrix slope = matrix_f32(rtd->slope + at, H);
    gelu_forward(b.count, H, slope, w + rtd->dense.bias, slope,
                 matrix_f32(rtd->act + at, H), shape->gelu == GELU_TANH);
    gemm(GEMM_N, GEMM_T, b.count, 1, H, matrix_f32(rtd->act + at, H),
         matrix_f32(w + rtd->answer.weight, H), false,
         matrix_f32(rtd->logits + b.first, 1));
}

/* Losses of a block; logits become their gradient.  -log of the sigmoid of z, or of -z
 * where a token was not replaced, is log(1 + e^-|z|), and |z| if z is on the wrong
 * side. */
static struct verdict judge_block(const struct pass *pass, const struct rtd *rtd,
                                  float scale, struct block b) {
    struct verdict verdict = {0};
    double bias = (double)pass->weights[rtd->answer.bias];
    for (int64_t t = b.first; t < b.first + b.count; t++) {
        double z = (double)rtd->logits[t] + bias, replaced = rtd->replaced[t];
        bool right = (z > 0) == rtd->replaced[t];
        verdict.loss += log1p(exp(-fabs(z))) + (right ? 0 : fabs(z));
        verdict.correct += right;
        rtd->logits[t] = scale * (float)(1 / (1 + exp(-z)) - replaced);
        verdict.slope += rtd->logits[t];
    }
    return verdict;
}

/* ---- down ---- */

/* From the gradient of the logits to that of x, which is added to dout. */
static void backward_block(const struct pass *pass, const struct rtd *rtd,
                           const struct gemm_packed *dense, int64_t i) {
    int64_t H = pass->model->options.shape.H;
    struct block b = block_of(pass->T, i);
    float *d = rtd->logits + b.first, *act = rtd->act + b.first * H;
    float *sums = rtd->sums + i * 2 * H;
    memset(sums, 0, (size_t)(2 * H) * sizeof *sums);
    const struct matrix slope = matrix_f32(rtd->slope + b.first * H, H),
                        answer = matrix_f32(pass->weights + rtd->answer.weight, H),
                        before = matrix_f32(act, H); /* gelu */
    gemm(GEMM_T, GEMM_N, 1, H, b.count, matrix_f32(d, 1), before, true,
         matrix_f32(sums, H));
    gemm(GEMM_N, GEMM_N, b.count, H, 1, matrix_f32(d, 1), answer, false, before);
    gelu_backward(b.count, H, before, slope, before);
    vec_sum_rows(b.count, H, before, sums + H);
    gemm_rows(b.count, before, dense, true,
              matrix_f32(pass->model->dout + b.first * H, H));
    pass_poll(pass);
}

/* By one thread.  What blocks have of the tensors that are no large matrix. */
static void add_sums(const struct pass *pass, const struct rtd *rtd) {
    int64_t H = pass->model->options.shape.H;
    float *g = pass->grads;
    for (int64_t i = 0; i < block_count(pass->T); i++) {
        vec_add(H, rtd->sums + i * 2 * H, g + rtd->answer.weight);
        vec_add(H, rtd->sums + i * 2 * H + H, g + rtd->dense.bias);
        g[rtd->answer.bias] += rtd->verdicts[i].slope;
    }
}

/* Team.  x (T,H). */
static void rtd_backward(const struct pass *pass, const struct rtd *rtd,
                         const float *x) {
    int64_t H = pass->model->options.shape.H;
    const struct weight_terms terms = {pass->T, matrix_f32(rtd->act, H),
                                       matrix_f32(x, H)};
    const struct gemm_packed dense =
        weights_pack_one(pass, rtd->dense.weight, H, H, GEMM_N, rtd->panels);
    enum stage outer = stage_to(STAGE_DRTD);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < block_count(pass->T); i++)
        backward_block(pass, rtd, &dense, i);
#pragma omp single nowait
    add_sums(pass, rtd);
    weights_add_one(pass, rtd->dense.weight, H, H, &terms);
    stage_to(outer);
}

/* ---- the objective ---- */

static void rtd_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    struct rtd *rtd = own;
    int64_t H = pass->model->options.shape.H, blocks = block_count(pass->T);
    const struct gemm_packed dense =
        weights_pack_one(pass, rtd->dense.weight, H, H, GEMM_T, rtd->panels);
    enum stage outer = stage_to(STAGE_RTD);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++) {
        forward_block(pass, rtd, &dense, x, block_of(pass->T, i));
        rtd->verdicts[i] = judge_block(pass, rtd, scale, block_of(pass->T, i));
    }
    if (scale != 0)
        rtd_backward(pass, rtd, x);
#pragma omp single
    {
        for (int64_t i = 0; i < blocks; i++) {
            sum->loss += rtd->verdicts[i].loss;
            sum->correct += rtd->verdicts[i].correct;
        }
        sum->count += pass->T;
    }
    stage_to(outer);
}

void rtd_predict(const struct pass *pass, const float *x, float *logits) {
    struct rtd *rtd = objective_part(pass->model, rtd_rows);
    CHECK(rtd);
    int64_t H = pass->model->options.shape.H;
    const struct gemm_packed dense =
        weights_pack_one(pass, rtd->dense.weight, H, H, GEMM_T, rtd->panels);
    forward_block(pass, rtd, &dense, x, (struct block){0, pass->T});
    for (int64_t t = 0; t < pass->T; t++)
        logits[t] = rtd->logits[t] + pass->weights[rtd->answer.bias];
}

/* Both products. */
static double rtd_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H;
    return 6 * (double)count * H * (H + 1);
}

const struct objective rtd_objective = {.rows = rtd_rows,
                                        .last = rtd_last,
                                        .bytes = sizeof(struct rtd),
                                        .place = rtd_place,
                                        .count = rtd_count,
                                        .mark = rtd_mark,
                                        .run = rtd_run,
                                        .flops = rtd_flops};
