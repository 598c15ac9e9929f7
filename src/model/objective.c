/* SPDX-License-Identifier: Apache-2.0 */
/* Masked language model and next sentence prediction: see objective.h.  Losses are
 * sums; their scales make the gradient that of the means over the global batch. */
#include "src/model/objective.h"

#include "src/base/stage.h"
#include "src/kernels/decoder.h"
#include "src/kernels/xent.h"
#include "src/model/heads.h"

/* Rows of equal slabs, as few of them as MLM_SLAB allows. */
static int64_t slab_rows(int64_t M) {
    int64_t slabs = (M + MLM_SLAB - 1) / MLM_SLAB;
    return (M + slabs - 1) / slabs;
}

/* Team.  The decoder is the word embedding, so its gradient goes there. */
static void mlm_slab(const struct pass *pass, const float *x, int64_t first,
                     int64_t n) {
    const struct model *model = pass->model;
    const struct shape *shape = &model->options.shape;
    size_t word = model->places.embedding.word, bias = model->places.heads.decoder_bias;
    struct decoder decoder = {.rows = n,
                              .H = shape->H,
                              .V = shape->V,
                              .x = model->mlm.out,
                              .weight = pass->weights + word,
                              .bias = pass->weights + bias,
                              .labels = pass->labels + first,
                              .scratch = model->mlm.scratch};
    if (pass->grads) {
        decoder.scale = pass->mlm_scale;
        decoder.dx = model->mlm.dout;
        decoder.dweight = pass->grads + word;
        decoder.dbias = pass->grads + bias;
    }
    enum stage outer = stage_to(STAGE_MLM);
#pragma omp single
    mlm_forward(pass, x, first, n);
    decoder_loss(&decoder, &pass->sums->mlm_loss, &pass->sums->mlm_correct);
    stage_to(STAGE_DMLM);
#pragma omp single
    if (decoder.scale != 0)
        mlm_backward(pass, first, n);
    stage_to(outer);
}

/* Team. */
static void mlm_run(const struct pass *pass, const float *x) {
    int64_t M = pass->M;
    if (M == 0)
        return;
    for (int64_t first = 0, slab = slab_rows(M); first < M; first += slab)
        mlm_slab(pass, x, first, first + slab < M ? slab : M - first);
#pragma omp single
    pass->sums->masked += M;
}

static void next_rows(const struct pass *pass, const float *x) {
    const struct model *model = pass->model;
    float *logits = model->next.logits; /* (B,2) */
    float scale = pass->grads ? pass->next_scale : 0;
    int64_t pairs = 0;
    for (int64_t b = 0; b < pass->B; b++)
        pairs += pass->next[b] >= 0;
    if (pairs == 0 || !model->places.pairs)
        return;
    next_forward(pass, x, logits);
    xent_forward_backward(pass->B, 2, 2, logits,
                          pass->weights + model->places.heads.next.bias, pass->next,
                          scale, &pass->sums->nsp_loss, &pass->sums->nsp_correct);
    stage_to(STAGE_DNEXT);
    if (scale != 0)
        next_backward(pass, logits);
    pass->sums->pairs += pairs;
}

/* Small, next to the encoder: one thread does it. */
static void next_run(const struct pass *pass, const float *x) {
    enum stage outer = stage_to(STAGE_NEXT);
#pragma omp single
    next_rows(pass, x);
    stage_to(outer);
}

const struct objective objectives[] = {
    {"mlm", mlm_run},
    {"next sentence", next_run},
    {0},
};
