/* SPDX-License-Identifier: Apache-2.0 */
/* The embedding layer: see embed.h.  Here dropout comes after LayerNorm. */
#include "src/model/embed.h"

#include "src/kernels/embedding.h"
#include "src/kernels/layernorm.h"

static void drop(const struct pass *pass, float *x) {
    int64_t H = pass->model->options.shape.H, keep_bytes = (H + 7) / 8;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < pass->B; b++) {
        int64_t row = pass->starts[b], s = pass->starts[b + 1] - row;
        struct dropout_key key = pass_dropout(pass, b, SITE_EMBEDDINGS);
        dropout_forward(s, H, H, &key, 0, pass->hidden_threshold, x + row * H,
                        pass->model->embedding_norm.keep + row * keep_bytes);
    }
}

void embed_forward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    const struct norm_state *norm = &model->embedding_norm;
    int64_t T = pass->T, H = model->options.shape.H;
    const float *w = pass->weights;
    embedding_forward(T, H, pass->ids, pass->positions, pass->segments, w + at->word,
                      w + at->position, w + at->segment, norm->xhat);
    layernorm_forward(T, H, norm->xhat, w + at->norm.weight, w + at->norm.bias,
                      model->options.shape.norm_eps, model->embedded, norm->rstd);
    if (pass->hidden_threshold)
        drop(pass, model->embedded);
}

void embed_backward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    const struct norm_state *norm = &model->embedding_norm;
    int64_t T = pass->T, H = model->options.shape.H;
    float *dx = model->dx, *g = pass->grads;
    if (pass->hidden_threshold)
        dropout_backward(T, H, H, pass->hidden_threshold, norm->keep, dx, dx);
    layernorm_backward(T, H, norm->xhat, pass->weights + at->norm.weight, norm->rstd,
                       dx, dx, g + at->norm.weight, g + at->norm.bias);
    embedding_backward(T, H, pass->ids, dx, g + at->word);
    embedding_backward(T, H, pass->positions, dx, g + at->position);
    embedding_backward(T, H, pass->segments, dx, g + at->segment);
}
