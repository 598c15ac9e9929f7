/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model of Devlin et al. (2018): which token was there?  Rows that
 * are masked go through dense, gelu and LayerNorm to the decoder.  No other row is
 * looked at. */
#include "src/model/mlm.h"

#include "src/base/die.h"
#include "src/model/decode.h"
#include "src/model/objective.h"
#include "src/model/predictor.h"

struct mlm {
    size_t bias; /* (V) of the decoder */
};

static const struct row mlm_last[] = {
    {"cls.predictions.bias", "V", NULL, ROW_BIAS, offsetof(struct mlm, bias)},
    {0},
};

static void mlm_forward(const struct pass *pass, void *own, const float *x,
                        int64_t first, int64_t n) {
    (void)own;
    predictor_forward(pass, x, first, n);
}

static void mlm_backward(const struct pass *pass, void *own, int64_t first, int64_t n,
                         float *d) {
    (void)own, (void)first;
    predictor_backward(pass, n, d);
}

struct decode_head mlm_head(const struct model *model) {
    struct mlm *mlm = model->parts[OBJECTIVE_MLM];
    CHECK(mlm);
    return (struct decode_head){.own = mlm,
                                .draws = true,
                                .bias = mlm->bias,
                                .y = model->predictor.transform.y,
                                .forward = mlm_forward,
                                .backward = mlm_backward};
}

static void mlm_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    (void)own;
    struct decode_head head = mlm_head(pass->model);
    decode_run(pass, &head, x, scale, sum);
}

void mlm_predict(const struct pass *pass, const float *x, float *logits) {
    struct decode_head head = mlm_head(pass->model);
    decode_predict(pass, &head, x, logits);
}

/* Transform and decoder. */
static double mlm_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H, E = (double)shape->E, V = (double)shape->V;
    return 6 * (double)count * E * (H + V);
}

const struct objective mlm_objective = {.last = mlm_last,
                                        .predicts = true,
                                        .decodes = true,
                                        .bytes = sizeof(struct mlm),
                                        .count = decode_count,
                                        .mark = objective_mark_masked,
                                        .run = mlm_run,
                                        .flops = mlm_flops};
