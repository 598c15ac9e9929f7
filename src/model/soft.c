/* SPDX-License-Identifier: Apache-2.0 */
/* What a teacher would have put for each masked token, all of it: how far the softmax
 * of the student's logits is from that of the teacher's, at a temperature (Hinton et
 * al. 2015, "Distilling the knowledge in a neural network"; Sanh et al. 2019,
 * "DistilBERT", who take it over all rows).  The logits are those of the masked
 * language model's head, which this trains as well.
 *
 * Every logit has a target of its own, so that there is a matrix of them, by slabs. */
#include <omp.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/gemm.h"
#include "src/kernels/soft.h"
#include "src/kernels/vec.h"
#include "src/model/decode.h"
#include "src/model/mlm.h"
#include "src/model/objective.h"

struct soft {
    float *q;       /* (threads,V) a row of the teacher's */
    double *losses; /* (slab) */
};

/* A slab on its way. */
struct slab {
    const struct pass *pass;
    struct decode_head head;
    int64_t first, n, E, V;
    const float *word; /* (V,E) */
    float *logits;     /* (n,V), then their gradient */
    float scale;
};

enum { WORDS = 384 }; /* of a block of the vocabulary */

static void soft_place(void *own, const struct model_options *options,
                       struct carve *carve) {
    struct soft *soft = own;
    soft->q = carve_floats(carve, omp_get_max_threads(), options->shape.V);
    soft->losses = carve_take(carve, decode_rows(options), sizeof *soft->losses);
}

static int64_t words_from(const struct slab *s, int64_t word) {
    return s->V - word < WORDS ? s->V - word : WORDS;
}

static struct soft_target target_of(const struct targets *t, int64_t i) {
    int64_t from = t->logits.starts[i];
    return (struct soft_target){t->logits.starts[i + 1] - from,
                                t->logits.at ? t->logits.at + from : NULL,
                                t->logits.values + from, (float)t->temperature};
}

/* Team. */
static void lose(const struct slab *s, struct soft *soft) {
#pragma omp for schedule(static)
    for (int64_t i = 0; i < s->n; i++) {
        const struct soft_target target = target_of(s->pass->targets, s->first + i);
        soft->losses[i] = soft_row(&target, s->V, s->scale, s->logits + i * s->V,
                                   soft->q + omp_get_thread_num() * s->V);
    }
}

/* Team.  To the gradients of the decoder and of the head's rows. */
static void decode_back(const struct slab *s, float *d) {
    float *grads = s->pass->grads, *dbias = grads + s->head.bias;
    float *dword = grads + s->pass->model->places.embedding.word;
#pragma omp for schedule(static) nowait
    for (int64_t v = 0; v < s->V; v += WORDS) {
        gemm(GEMM_T, GEMM_N, words_from(s, v), s->E, s->n,
             matrix_f32(s->logits + v, s->V), matrix_f32(s->head.y, s->E), true,
             matrix_f32(dword + v * s->E, s->E));
        vec_sum_rows(s->n, words_from(s, v), matrix_f32(s->logits + v, s->V),
                     dbias + v);
    }
#pragma omp for schedule(static)
    for (int64_t i = 0; i < block_count(s->n); i++) {
        struct block b = block_of(s->n, i);
        gemm(GEMM_N, GEMM_N, b.count, s->E, s->V,
             matrix_f32(s->logits + b.first * s->V, s->V), matrix_f32(s->word, s->E),
             false, matrix_f32(d + b.first * s->E, s->E));
    }
}

/* Team. */
static void run_slab(const struct slab *s, struct soft *soft, const float *x,
                     struct sum *sum) {
    const struct pass *pass = s->pass;
    float *d = pass->model->decode.d;
    enum stage outer = stage_to(STAGE_LOGITS);
    decode_logits(pass, &s->head, x, s->first, s->n, s->logits);
    stage_to(STAGE_XENT);
    lose(s, soft);
    stage_to(STAGE_DLOGITS);
    if (s->scale != 0)
        decode_back(s, d);
    stage_to(STAGE_DMLM);
#pragma omp single
    {
        for (int64_t i = 0; i < s->n; i++)
            sum->loss += soft->losses[i];
        sum->count += s->n;
    }
    if (s->scale != 0)
        s->head.backward(pass, s->head.own, s->first, s->n, d);
    stage_to(outer);
}

static void soft_run(const struct pass *pass, void *own, const float *x, float scale,
                     struct sum *sum) {
    const struct model *model = pass->model;
    int64_t most = decode_rows(&model->options);
    struct slab slab = {.pass = pass,
                        .head = mlm_head(model),
                        .E = model->options.shape.E,
                        .V = model->options.shape.V,
                        .word = pass->weights + model->places.embedding.word,
                        .logits = model->decode.scratch,
                        .scale = scale};
    CHECK(pass->targets->logits.starts && pass->targets->rows == pass->M);
    for (; slab.first < pass->M; slab.first += slab.n) {
        int64_t left = pass->M - slab.first;
        slab.n = left < most ? left : most;
        run_slab(&slab, own, x, sum);
    }
}

/* The transform and the decoder, once more. */
static double soft_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H, E = (double)shape->E, V = (double)shape->V;
    return 6 * (double)count * E * (H + V);
}

const struct objective soft_objective = {.targets = TARGET_LOGITS,
                                         .decodes = true,
                                         .bytes = sizeof(struct soft),
                                         .place = soft_place,
                                         .count = decode_count,
                                         .mark = objective_mark_masked,
                                         .run = soft_run,
                                         .flops = soft_flops};
