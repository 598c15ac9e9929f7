/* SPDX-License-Identifier: Apache-2.0 */
/* What the model says, instead of how wrong it is: logits and vectors for fill,
 * export's proof and fine-tuning.  Forward only, without dropout. */
#include <string.h>

#include "src/base/die.h"
#include "src/model/bert.h"
#include "src/model/chunk.h"
#include "src/model/encoder.h"
#include "src/model/head.h"
#include "src/model/mlm.h"
#include "src/model/pair.h"
#include "src/model/rtd.h"
#include "src/model/state.h"

/* The encoder's output (R,H). */
static const float *forward(const struct pass *pass) {
    const float *x = NULL;
#pragma omp parallel
    {
        const float *out = encoder_forward(pass);
#pragma omp master
        x = out;
    }
    return x;
}

/* Logits (M,V). */
static void predict_masked(const struct pass *pass, const float *x, float *logits) {
#pragma omp parallel
    mlm_predict(pass, x, logits);
}

/* Logits (B,2). */
static void predict_pairs(const struct pass *pass, const float *x, float *logits) {
#pragma omp parallel
    pair_predict(pass, x, logits);
}

/* Logits (n,C); n. */
static int64_t predict_head(const struct pass *pass, const float *x, float *logits) {
    int64_t n = 0;
#pragma omp parallel
    {
        int64_t rows = head_predict(pass, x, logits);
#pragma omp master
        n = rows;
    }
    return n;
}

const int32_t *model_drawn(const struct model *model) {
    CHECK(model->options.draws);
    return model->last->decode.drawn;
}

void model_predict(struct model *model, const struct params *weights,
                   const struct batch *batch, int64_t first, int64_t count,
                   float *logits, float *hidden, float *next) {
    struct pass pass;
    chunk_lay(&pass, model->answers, weights, batch, first, count, CHUNK_ALL, NULL);
    const float *x = forward(&pass); /* (T,H) */
    if (logits)
        predict_masked(&pass, x, logits);
    if (hidden)
        memcpy(hidden, x, (size_t)(pass.T * model->options.shape.H) * sizeof *hidden);
    if (next)
        predict_pairs(&pass, x, next);
}

/* Of the last layer (T,3W). */
static void copy_attention(const struct pass *pass, float *attention) {
    const struct model *model = pass->model;
    const struct layer_state *state = &model->layers[model->depth - 1];
    int64_t W = model->options.shape.A * model->options.shape.D;
    size_t bytes = (size_t)W * sizeof *attention;
    for (int64_t t = 0; t < pass->T; t++, attention += 3 * W) {
        memcpy(attention, matrix_from(state->q, t, 0).at, bytes);
        memcpy(attention + W, matrix_from(state->kv, t, 0).at, 2 * bytes);
    }
}

void model_teach(struct model *model, const struct params *weights,
                 const struct batch *batch, int64_t first, int64_t count,
                 const struct model_step *step, const struct model_said *said) {
    const struct model_step polls = {.poll = step ? step->poll : NULL,
                                     .context = step ? step->context : NULL};
    int64_t H = model->options.shape.H;
    struct pass pass;
    chunk_lay(&pass, model->answers, weights, batch, first, count,
              said->attention ? CHUNK_ALL : CHUNK_MASKED, NULL);
    pass.step = &polls;
    const float *x = forward(&pass); /* (R,H) */
    for (int64_t i = 0; said->states && i < pass.M; i++)
        memcpy(said->states + i * H, x + H * pass.chosen_at[pass.masked[i] - pass.row],
               (size_t)H * sizeof *x);
    if (said->logits)
        predict_masked(&pass, x, said->logits);
    if (said->attention)
        copy_attention(&pass, said->attention);
}

void model_detect(struct model *model, const struct params *weights,
                  const struct batch *batch, int64_t first, int64_t count,
                  float *logits) {
    struct pass pass;
    chunk_lay(&pass, model->answers, weights, batch, first, count, CHUNK_ALL, NULL);
    rtd_predict(&pass, forward(&pass), logits);
}

int64_t model_answer(struct model *model, const struct params *weights,
                     const struct batch *batch, int64_t first, int64_t count,
                     float *logits) {
    struct pass pass;
    chunk_lay(&pass, model->answers, weights, batch, first, count, CHUNK_LOOKED_AT,
              NULL);
    return predict_head(&pass, forward(&pass), logits);
}
