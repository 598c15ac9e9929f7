/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model of Devlin et al. (2018): which token was there?  Rows that
 * are masked go through dense, gelu and LayerNorm to the decoder.  No other row is
 * looked at. */
#include "src/model/mlm.h"

#include "src/base/die.h"
#include "src/kernels/embedding.h"
#include "src/model/decode.h"
#include "src/model/objective.h"
#include "src/model/transform.h"

struct mlm {
    struct transform transform;
    size_t bias; /* (V) of the decoder */
    int32_t *at; /* (slab) masked rows, among the chosen */
    float *rows; /* (slab,H) the encoder's output there; later its gradient */
};

static const struct row mlm_rows[] = {
    TRANSFORM_ROWS("cls.predictions.transform", "E", "H", mlm, transform),
    {0},
};

static const struct row mlm_last[] = {
    {"cls.predictions.bias", "V", NULL, ROW_BIAS, offsetof(struct mlm, bias)},
    {0},
};

static void mlm_place(void *own, const struct model_options *options,
                      struct carve *carve) {
    struct mlm *mlm = own;
    int64_t H = options->shape.H, n = decode_rows(options);
    mlm->at = carve_take(carve, n, sizeof *mlm->at);
    mlm->rows = carve_floats(carve, n, H);
    transform_place(&mlm->transform, carve, n, H, options->shape.E);
}

static void mlm_forward(const struct pass *pass, void *own, const float *x,
                        int64_t first, int64_t n) {
    struct mlm *mlm = own;
    for (int64_t i = 0; i < n; i++)
        mlm->at[i] = pass->chosen_at[pass->masked[first + i] - pass->row];
    rows_gather(n, pass->model->options.shape.H, mlm->at, x, mlm->rows);
    transform_forward(pass, &mlm->transform, n, mlm->rows);
}

static void mlm_backward(const struct pass *pass, void *own, int64_t first, int64_t n,
                         float *d) {
    struct mlm *mlm = own;
    (void)first;
    transform_backward(pass, &mlm->transform, n, mlm->rows, d);
    rows_scatter_add(n, pass->model->options.shape.H, mlm->at, mlm->rows,
                     pass->model->dout);
}

static struct decode_head head_of(struct mlm *mlm) {
    return (struct decode_head){.own = mlm,
                                .draws = true,
                                .bias = mlm->bias,
                                .y = mlm->transform.y,
                                .forward = mlm_forward,
                                .backward = mlm_backward};
}

static void mlm_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    struct decode_head head = head_of(own);
    decode_run(pass, &head, x, scale, sum);
}

struct decode_head mlm_head(const struct model *model) {
    struct mlm *mlm = objective_part(model, mlm_rows);
    CHECK(mlm);
    return head_of(mlm);
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

const struct objective mlm_objective = {.rows = mlm_rows,
                                        .last = mlm_last,
                                        .decodes = true,
                                        .bytes = sizeof(struct mlm),
                                        .place = mlm_place,
                                        .count = decode_count,
                                        .mark = objective_mark_masked,
                                        .run = mlm_run,
                                        .flops = mlm_flops};
