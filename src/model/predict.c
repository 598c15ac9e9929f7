/* SPDX-License-Identifier: Apache-2.0 */
/* What the model says, instead of how wrong it is: logits and vectors for fill,
 * export's proof and fine-tuning.  Forward only, without dropout. */
#include <string.h>

#include "src/base/die.h"
#include "src/kernels/vec.h"
#include "src/model/encoder.h"
#include "src/model/heads.h"
#include "src/model/state.h"

static void predict_masked(const struct pass *pass, const float *x, float *logits) {
    int64_t V = pass->model->options.shape.V;
    for (int64_t first = 0; first < pass->M; first += MLM_SLAB) {
        int64_t left = pass->M - first, n = left < MLM_SLAB ? left : MLM_SLAB;
        mlm_forward(pass, x, first, n);
        mlm_logits(pass, n, logits + first * V);
    }
}

void model_predict(struct model *model, const struct params *weights,
                   const struct batch *batch, int64_t first, int64_t count,
                   float *logits, float *hidden, float *next) {
    struct pass pass;
    pass_init(&pass, model, weights, batch, first, count, true, NULL);
#pragma omp parallel
    encoder_forward(&pass);
    const float *x = model->layers[model->options.shape.L - 1].out; /* (T,H) */
    if (logits)
        predict_masked(&pass, x, logits);
    if (hidden)
        memcpy(hidden, x, (size_t)(pass.T * model->options.shape.H) * sizeof *hidden);
    if (next) {
        CHECK(model->places.pairs);
        next_forward(&pass, x, next);
        vec_add_bias(pass.B, 2, 2, next, weights->data + model->places.heads.next.bias);
    }
}
