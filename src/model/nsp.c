/* SPDX-License-Identifier: Apache-2.0 */
/* Next sentence prediction of Devlin et al. (2018): does the second half follow the
 * first? The first row of each sequence goes through the pooler (dense, tanh) to two
 * logits.  It is small, next to the encoder: one thread does it. */
#include "src/model/nsp.h"

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/vec.h"
#include "src/kernels/xent.h"
#include "src/model/dense.h"
#include "src/model/objective.h"

static void nsp_place(struct model *model, struct carve *carve) {
    const struct model_options *options = &model->options;
    struct nsp_state *nsp = &model->nsp;
    int64_t H = options->shape.H, B = options->max_sequences;
    nsp->rows = carve_floats(carve, B, H);
    nsp->pooled = carve_floats(carve, B, H);
    nsp->dpooled = carve_floats(carve, B, H);
    nsp->logits = carve_floats(carve, B, 2);
}

/* Logits (B,2), without their bias. */
static void nsp_forward(const struct pass *pass, const float *x, float *logits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct nsp_state *nsp = &model->nsp;
    const float *w = pass->weights;
    int64_t B = pass->B, H = model->options.shape.H;
    rows_gather(B, H, model->first, x, nsp->rows);
    dense_forward(B, H, H, nsp->rows, w + at->pooler.weight, nsp->pooled);
    vec_add_bias(B, H, H, nsp->pooled, w + at->pooler.bias);
    vec_tanh(B * H, nsp->pooled, nsp->pooled);
    dense_forward(B, H, 2, nsp->pooled, w + at->next.weight, logits);
}

/* From dlogits (B,2), after nsp_forward. */
static void nsp_backward(const struct pass *pass, const float *dlogits) {
    const struct model *model = pass->model;
    const struct head_places *at = &model->places.heads;
    const struct nsp_state *nsp = &model->nsp;
    const float *w = pass->weights;
    float *g = pass->grads, *d = nsp->dpooled; /* (B,H) behind tanh, then before it */
    int64_t B = pass->B, H = model->options.shape.H;
    vec_sum_rows(B, 2, 2, dlogits, g + at->next.bias);
    dense_backward_weight(B, H, 2, nsp->pooled, dlogits, g + at->next.weight);
    dense_backward_input(B, H, 2, w + at->next.weight, dlogits, d);
    vec_tanh_backward(B * H, nsp->pooled, d, d);
    vec_sum_rows(B, H, H, d, g + at->pooler.bias);
    dense_backward_weight(B, H, H, nsp->rows, d, g + at->pooler.weight);
    dense_backward_input(B, H, H, w + at->pooler.weight, d, nsp->rows);
    rows_scatter_add(B, H, model->first, nsp->rows, model->dout);
}

static void nsp_rows(const struct pass *pass, const float *x, struct sum *sum) {
    const struct model *model = pass->model;
    float *logits = model->nsp.logits; /* (B,2) */
    float scale = pass->scale[OBJECTIVE_NSP];
    int64_t pairs = 0;
    for (int64_t b = 0; b < pass->B; b++)
        pairs += pass->next[b] >= 0;
    if (pairs == 0 || !model->places.pairs)
        return;
    nsp_forward(pass, x, logits);
    xent_forward_backward(pass->B, 2, 2, logits,
                          pass->weights + model->places.heads.next.bias, pass->next,
                          scale, &sum->loss, &sum->correct);
    stage_to(STAGE_DNEXT);
    if (scale != 0)
        nsp_backward(pass, logits);
    sum->count += pairs;
}

static void nsp_run(const struct pass *pass, const float *x, struct sum *sum) {
    enum stage outer = stage_to(STAGE_NEXT);
#pragma omp single
    nsp_rows(pass, x, sum);
    stage_to(outer);
}

void nsp_predict(const struct pass *pass, const float *x, float *logits) {
    const struct places *places = &pass->model->places;
    CHECK(places->pairs);
    nsp_forward(pass, x, logits);
    vec_add_bias(pass->B, 2, 2, logits, pass->weights + places->heads.next.bias);
}

static int64_t nsp_count(const struct batch *batch) {
    int64_t pairs = 0;
    for (int64_t b = 0; b < batch->B; b++)
        pairs += batch->next[b] != NEXT_NONE;
    return pairs;
}

const struct objective nsp_objective = {nsp_place, nsp_count, nsp_run};
