/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of a head to the loss of the tokens that were masked: see decode.h. */
#include "src/model/decode.h"

#include "src/base/carve.h"
#include "src/base/rng.h"
#include "src/base/stage.h"
#include "src/kernels/decoder.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/model/state.h"

int64_t decode_rows(const struct model_options *options) {
    return options->max_tokens < DECODE_SLAB ? options->max_tokens : DECODE_SLAB;
}

void decode_place(struct decode *decode, const struct model_options *options,
                  struct carve *carve) {
    int64_t E = options->shape.E, n = decode_rows(options);
    decode->d = carve_floats(carve, n, E);
    decode->scratch =
        carve_take(carve, (int64_t)decoder_scratch_bytes(n, E, options->shape.V), 1);
    if (options->draws) {
        decode->noise = carve_take(carve, n, sizeof *decode->noise);
        decode->drawn = carve_take(carve, options->max_tokens, sizeof *decode->drawn);
    }
}

/* Where the random numbers of masked row i of the chunk lie, one a word. */
static struct philox_row noise_of(const struct pass *pass, int64_t i) {
    int32_t row = pass->masked[i] - pass->row, b = pass->model->owners[row];
    const struct origin *origin = &pass->origins[b];
    uint64_t seed = pass->model->options.dropout_seed;
    return (struct philox_row){
        .key = {(uint32_t)seed ^ origin->lane * 0x9E3779B9u,
                (uint32_t)(seed >> 32) ^ (uint32_t)RNG_DRAW << 24},
        .counter = {0, (uint32_t)(row - pass->starts[b]), (uint32_t)origin->number,
                    (uint32_t)(origin->number >> 32)}};
}

/* Rows of equal slabs, as few of them as DECODE_SLAB allows. */
static int64_t slab_rows(int64_t M) {
    int64_t slabs = (M + DECODE_SLAB - 1) / DECODE_SLAB;
    return (M + slabs - 1) / slabs;
}

/* The decoder is the word embedding, so its gradient goes there. */
static struct decoder decoder_of(const struct pass *pass,
                                 const struct decode_head *head, float scale,
                                 int64_t first, int64_t n) {
    const struct model *model = pass->model;
    size_t word = model->places.embedding.word;
    struct decoder decoder = {.rows = n,
                              .H = model->options.shape.E,
                              .V = model->options.shape.V,
                              .x = head->y,
                              .weight = pass->weights + word,
                              .bias = pass->weights + head->bias,
                              .labels = pass->labels + first,
                              .scratch = model->decode.scratch};
    if (head->draws && model->options.draws) {
        decoder.noise = model->decode.noise;
        decoder.drawn = model->decode.drawn + first;
    }
    if (pass->grads) {
        decoder.scale = scale;
        decoder.dx = model->decode.d;
        decoder.dweight = pass->grads + word;
        decoder.dbias = pass->grads + head->bias;
    }
    return decoder;
}

/* By one thread.  For rows first … of a slab. */
static void list_noise(const struct pass *pass, const struct decoder *decoder,
                       int64_t first) {
    for (int64_t i = 0; decoder->noise && i < decoder->rows; i++)
        pass->model->decode.noise[i] = noise_of(pass, first + i);
}

/* Team. */
static void run_slab(const struct pass *pass, const struct decode_head *head,
                     const float *x, const struct decoder *decoder, int64_t first,
                     struct sum *sum) {
    enum stage outer = stage_to(STAGE_MLM);
    head->forward(pass, head->own, x, first, decoder->rows);
#pragma omp single
    list_noise(pass, decoder, first);
    decoder_loss(decoder, &sum->loss, &sum->correct);
    stage_to(STAGE_DMLM);
    if (decoder->scale != 0)
        head->backward(pass, head->own, first, decoder->rows, decoder->dx);
    stage_to(outer);
}

void decode_run(const struct pass *pass, const struct decode_head *head, const float *x,
                float scale, struct sum *sum) {
    int64_t M = pass->M;
    if (M == 0)
        return;
    for (int64_t first = 0, slab = slab_rows(M); first < M; first += slab) {
        int64_t n = first + slab < M ? slab : M - first;
        struct decoder decoder = decoder_of(pass, head, scale, first, n);
        run_slab(pass, head, x, &decoder, first, sum);
    }
#pragma omp single
    sum->count += M;
}

enum { WORDS = 384 }; /* of a block of the vocabulary */

/* Team.  Of the n rows in y. */
static void logits_of(const struct pass *pass, const struct decode_head *head,
                      int64_t n, float *logits) {
    const struct model *model = pass->model;
    int64_t E = model->options.shape.E, V = model->options.shape.V;
    const float *word = pass->weights + model->places.embedding.word;
#pragma omp for schedule(static)
    for (int64_t v = 0; v < V; v += WORDS) {
        int64_t words = V - v < WORDS ? V - v : WORDS;
        const struct matrix z = matrix_f32(logits + v, V);
        gemm(GEMM_N, GEMM_T, n, words, E, matrix_f32(head->y, E),
             matrix_f32(word + v * E, E), false, z);
        vec_add_bias(n, words, z, pass->weights + head->bias + v, z);
    }
}

void decode_logits(const struct pass *pass, const struct decode_head *head,
                   const float *x, int64_t first, int64_t n, float *logits) {
    head->forward(pass, head->own, x, first, n);
    logits_of(pass, head, n, logits);
}

void decode_predict(const struct pass *pass, const struct decode_head *head,
                    const float *x, float *logits) {
    int64_t V = pass->model->options.shape.V;
    for (int64_t first = 0; first < pass->M; first += DECODE_SLAB) {
        int64_t left = pass->M - first, n = left < DECODE_SLAB ? left : DECODE_SLAB;
        decode_logits(pass, head, x, first, n, logits + first * V);
    }
}

int64_t decode_count(const struct batch *batch) { return batch->M; }
