/* SPDX-License-Identifier: Apache-2.0 */
/* The masked latent semantic model of Berend (2023, "Masked latent semantic
 * modeling: an efficient pre-training alternative to masked language modeling"):
 * which atoms of a dictionary is the teacher's state of a masked row made of, and
 * how much of each?  The code of that state, as shares that sum to 1, is held
 * against the softmax of logits for all atoms, by Kullback and Leibler's
 * divergence.  A code of nothing has no loss and no gradient, but is one of those
 * that the mean is over.
 *
 * Its authors append the atoms to the vocabulary, so that a row of logits is the
 * product of what mlm's decoder reads with rows of the word embedding that are never
 * read as words.  Here these rows are a tensor of their own, which is trained alike. */
#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/divergence.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/model/decode.h"
#include "src/model/objective.h"
#include "src/model/predictor.h"

enum { ATOMS = 384, COLUMNS = 64 }; /* what threads share out: of logits; of rows */

struct latent {
    size_t weight, bias; /* (K,E) (K) */
    float *logits;       /* (slab,K) later their gradient */
    float *d;            /* (slab,E) gradient of the predictor's rows */
    double *losses;      /* (slab) */
};

static const struct row latent_rows[] = {
    {"cls.latent.weight", "K", "E", ROW_MATRIX, offsetof(struct latent, weight)},
    {0},
};

static const struct row latent_last[] = {
    {"cls.latent.bias", "K", NULL, ROW_BIAS, offsetof(struct latent, bias)},
    {0},
};

static void latent_place(void *own, const struct model_options *options,
                         struct carve *carve) {
    struct latent *latent = own;
    int64_t n = decode_rows(options);
    CHECK(options->shape.K > 0);
    latent->logits = carve_floats(carve, n, options->shape.K);
    latent->d = carve_floats(carve, n, options->shape.E);
    latent->losses = carve_take(carve, n, sizeof *latent->losses);
}

/* Masked rows on their way, at most a slab of them. */
struct slab {
    const struct pass *pass;
    const struct latent *own;
    int64_t first, n, E, K;
    const float *y; /* (n,E) */
    float scale;
};

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* Team. */
static void make_logits(const struct slab *s) {
    const float *weights = s->pass->weights;
#pragma omp for schedule(static)
    for (int64_t k = 0; k < s->K; k += ATOMS) {
        int64_t n = smaller(ATOMS, s->K - k);
        const struct matrix z = matrix_f32(s->own->logits + k, s->K);
        gemm(GEMM_N, GEMM_T, s->n, n, s->E, matrix_f32(s->y, s->E),
             matrix_f32(weights + s->own->weight + k * s->E, s->E), false, z);
        vec_add_bias(s->n, n, z, weights + s->own->bias + k, z);
    }
}

/* Team. */
static void lose(const struct slab *s) {
    const struct sparse_rows *codes = &s->pass->targets->codes;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < s->n; i++) {
        int64_t at = codes->starts[s->first + i], end = codes->starts[s->first + i + 1];
        const struct divergence_target target = {end - at, codes->at + at,
                                                 codes->values + at};
        s->own->losses[i] =
            divergence_row(&target, s->K, s->scale, s->own->logits + i * s->K);
    }
}

/* Team.  To the gradients of the tensors, and of what the predictor made. */
static void make_gradients(const struct slab *s) {
    float *grads = s->pass->grads, *dz = s->own->logits;
    const float *weight = s->pass->weights + s->own->weight;
#pragma omp for schedule(static) nowait
    for (int64_t k = 0; k < s->K; k += ATOMS) {
        int64_t n = smaller(ATOMS, s->K - k);
        gemm(GEMM_T, GEMM_N, n, s->E, s->n, matrix_f32(dz + k, s->K),
             matrix_f32(s->y, s->E), true,
             matrix_f32(grads + s->own->weight + k * s->E, s->E));
        vec_sum_rows(s->n, n, matrix_f32(dz + k, s->K), grads + s->own->bias + k);
    }
#pragma omp for schedule(static)
    for (int64_t e = 0; e < s->E; e += COLUMNS)
        gemm(GEMM_N, GEMM_N, s->n, smaller(COLUMNS, s->E - e), s->K,
             matrix_f32(dz, s->K), matrix_f32(weight + e, s->E), false,
             matrix_f32(s->own->d + e, s->E));
}

/* Team. */
static void run_slab(const struct slab *s, const float *x, struct sum *sum) {
    enum stage outer = stage_to(STAGE_MLM);
    predictor_forward(s->pass, x, s->first, s->n);
    stage_to(STAGE_LOGITS);
    make_logits(s);
    stage_to(STAGE_XENT);
    lose(s);
    stage_to(STAGE_DLOGITS);
    if (s->scale != 0)
        make_gradients(s);
    stage_to(STAGE_DMLM);
#pragma omp single
    {
        for (int64_t i = 0; i < s->n; i++)
            sum->loss += s->own->losses[i];
        sum->count += s->n;
    }
    if (s->scale != 0)
        predictor_backward(s->pass, s->n, s->own->d);
    stage_to(outer);
}

static void latent_run(const struct pass *pass, void *own, const float *x, float scale,
                       struct sum *sum) {
    const struct model *model = pass->model;
    int64_t most = decode_rows(&model->options);
    struct slab slab = {.pass = pass,
                        .own = own,
                        .E = model->options.shape.E,
                        .K = model->options.shape.K,
                        .y = model->predictor.transform.y,
                        .scale = scale};
    CHECK(pass->targets->codes.starts && pass->targets->rows == pass->M);
    for (; slab.first < pass->M; slab.first += slab.n) {
        slab.n = smaller(most, pass->M - slab.first);
        run_slab(&slab, x, sum);
    }
}

/* Transform and atoms. */
static double latent_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H, E = (double)shape->E, K = (double)shape->K;
    return 6 * (double)count * E * (H + K);
}

const struct objective latent_objective = {.rows = latent_rows,
                                           .last = latent_last,
                                           .predicts = true,
                                           .targets = TARGET_CODES,
                                           .bytes = sizeof(struct latent),
                                           .place = latent_place,
                                           .count = decode_count,
                                           .mark = objective_mark_masked,
                                           .run = latent_run,
                                           .flops = latent_flops};
