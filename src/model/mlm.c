/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model of Devlin et al. (2018): which token was there?  Rows that
 * are masked go through dense, gelu and LayerNorm to the decoder, which is the word
 * embedding (kernels/decoder.h).  No other row is looked at. */
#include "src/model/mlm.h"

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/decoder.h"
#include "src/kernels/embedding.h"
#include "src/kernels/gelu.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"
#include "src/model/dense.h"
#include "src/model/objective.h"

#define AT(member) offsetof(struct mlm, member)

struct mlm {
    struct linear_places transform; /* (H,H) */
    struct norm_places norm;
    size_t bias;   /* (V) of the decoder */
    int32_t *at;   /* (slab) masked rows, among the chosen */
    float *rows;   /* (slab,H) the encoder's output there; later its gradient */
    float *slope;  /* (slab,H) of gelu */
    float *xhat;   /* (slab,H) */
    float *rstd;   /* (slab) */
    float *out;    /* (slab,H) */
    float *dout;   /* (slab,H) */
    void *scratch; /* the decoder's */
};

static const struct row mlm_rows[] = {
    {"cls.predictions.transform.dense.weight", "H", "H", ROW_MATRIX,
     AT(transform.weight)},
    {"cls.predictions.transform.dense.bias", "H", NULL, ROW_BIAS, AT(transform.bias)},
    {"cls.predictions.transform.LayerNorm.weight", "H", NULL, ROW_GAIN,
     AT(norm.weight)},
    {"cls.predictions.transform.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(norm.bias)},
    {0},
};

static const struct row mlm_last[] = {
    {"cls.predictions.bias", "V", NULL, ROW_BIAS, AT(bias)},
    {0},
};

static void mlm_place(void *own, const struct model_options *options,
                      struct carve *carve) {
    struct mlm *mlm = own;
    int64_t H = options->shape.H, T = options->max_tokens,
            n = T < MLM_SLAB ? T : MLM_SLAB;
    mlm->at = carve_take(carve, n, sizeof *mlm->at);
    mlm->rows = carve_floats(carve, n, H);
    mlm->slope = carve_floats(carve, n, H);
    mlm->xhat = carve_floats(carve, n, H);
    mlm->rstd = carve_floats(carve, n, 1);
    mlm->out = carve_floats(carve, n, H);
    mlm->dout = carve_floats(carve, n, H);
    mlm->scratch =
        carve_take(carve, (int64_t)decoder_scratch_bytes(n, H, options->shape.V), 1);
}

/* Masked rows first … first+n-1 (n at most MLM_SLAB) of x (R,H), into mlm->out
 * (n,H). */
static void mlm_forward(const struct pass *pass, const struct mlm *mlm, const float *x,
                        int64_t first, int64_t n) {
    const struct shape *shape = &pass->model->options.shape;
    const float *w = pass->weights;
    int64_t H = shape->H;
    for (int64_t i = 0; i < n; i++)
        mlm->at[i] = pass->chosen_at[pass->masked[first + i] - pass->row];
    rows_gather(n, H, mlm->at, x, mlm->rows);
    dense_forward(n, H, H, mlm->rows, w + mlm->transform.weight, mlm->slope);
    gelu_forward(n, H, H, mlm->slope, w + mlm->transform.bias, mlm->xhat,
                 shape->gelu == GELU_TANH);
    layernorm_forward(n, H, mlm->xhat, w + mlm->norm.weight, w + mlm->norm.bias,
                      shape->norm_eps, mlm->out, mlm->rstd);
}

/* The decoder's logits (n,V) of those. */
static void mlm_logits(const struct pass *pass, const struct mlm *mlm, int64_t n,
                       float *logits) {
    const struct model *model = pass->model;
    int64_t H = model->options.shape.H, V = model->options.shape.V;
    const float *word = pass->weights + model->places.embedding.word;
    dense_forward(n, H, V, mlm->out, word, logits);
    vec_add_bias(n, V, V, logits, pass->weights + mlm->bias);
}

/* From mlm->dout (n,H), after mlm_forward of the same rows: adds to the gradients of
 * its weights, and to those rows of model->dout (R,H). */
static void mlm_backward(const struct pass *pass, const struct mlm *mlm, int64_t n) {
    const float *w = pass->weights;
    float *g = pass->grads, *d = mlm->dout; /* (n,H) of out, of gelu, of pre */
    int64_t H = pass->model->options.shape.H;
    layernorm_backward(n, H, mlm->xhat, w + mlm->norm.weight, mlm->rstd, d, d,
                       g + mlm->norm.weight, g + mlm->norm.bias);
    vec_multiply(n * H, mlm->slope, d);
    vec_sum_rows(n, H, H, d, g + mlm->transform.bias);
    dense_backward_weight(n, H, H, mlm->rows, d, g + mlm->transform.weight);
    dense_backward_input(n, H, H, w + mlm->transform.weight, d, mlm->rows);
    rows_scatter_add(n, H, mlm->at, mlm->rows, pass->model->dout);
}

/* Rows of equal slabs, as few of them as MLM_SLAB allows. */
static int64_t slab_rows(int64_t M) {
    int64_t slabs = (M + MLM_SLAB - 1) / MLM_SLAB;
    return (M + slabs - 1) / slabs;
}

/* The decoder is the word embedding, so its gradient goes there. */
static struct decoder decoder_of(const struct pass *pass, const struct mlm *mlm,
                                 float scale, int64_t first, int64_t n) {
    const struct shape *shape = &pass->model->options.shape;
    size_t word = pass->model->places.embedding.word;
    struct decoder decoder = {.rows = n,
                              .H = shape->H,
                              .V = shape->V,
                              .x = mlm->out,
                              .weight = pass->weights + word,
                              .bias = pass->weights + mlm->bias,
                              .labels = pass->labels + first,
                              .scratch = mlm->scratch};
    if (pass->grads) {
        decoder.scale = scale;
        decoder.dx = mlm->dout;
        decoder.dweight = pass->grads + word;
        decoder.dbias = pass->grads + mlm->bias;
    }
    return decoder;
}

/* Team. */
static void mlm_slab(const struct pass *pass, const struct mlm *mlm, const float *x,
                     const struct decoder *decoder, int64_t first, struct sum *sum) {
    enum stage outer = stage_to(STAGE_MLM);
#pragma omp single
    mlm_forward(pass, mlm, x, first, decoder->rows);
    decoder_loss(decoder, &sum->loss, &sum->correct);
    stage_to(STAGE_DMLM);
#pragma omp single
    if (decoder->scale != 0)
        mlm_backward(pass, mlm, decoder->rows);
    stage_to(outer);
}

/* Team. */
static void mlm_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    int64_t M = pass->M;
    if (M == 0)
        return;
    for (int64_t first = 0, slab = slab_rows(M); first < M; first += slab) {
        int64_t n = first + slab < M ? slab : M - first;
        struct decoder decoder = decoder_of(pass, own, scale, first, n);
        mlm_slab(pass, own, x, &decoder, first, sum);
    }
#pragma omp single
    sum->count += M;
}

void mlm_predict(const struct pass *pass, const float *x, float *logits) {
    const struct mlm *mlm = objective_part(pass->model, mlm_rows);
    int64_t V = pass->model->options.shape.V;
    CHECK(mlm);
    for (int64_t first = 0; first < pass->M; first += MLM_SLAB) {
        int64_t left = pass->M - first, n = left < MLM_SLAB ? left : MLM_SLAB;
        mlm_forward(pass, mlm, x, first, n);
        mlm_logits(pass, mlm, n, logits + first * V);
    }
}

static int64_t mlm_count(const struct batch *batch) { return batch->M; }

/* Transform and decoder. */
static double mlm_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H, V = (double)shape->V;
    return 6 * (double)count * H * (H + V);
}

const struct objective mlm_objective = {.rows = mlm_rows,
                                        .last = mlm_last,
                                        .bytes = sizeof(struct mlm),
                                        .place = mlm_place,
                                        .count = mlm_count,
                                        .mark = objective_mark_masked,
                                        .run = mlm_run,
                                        .flops = mlm_flops};
