/* SPDX-License-Identifier: Apache-2.0 */
/* The embedding layer: see embed.h. */
#include "src/model/embed.h"

#include <string.h>

#include "src/base/stage.h"
#include "src/kernels/embedding.h"
#include "src/kernels/layernorm.h"
#include "src/kernels/vec.h"

#define AT(member) offsetof(struct embedding_places, member)

const struct row embed_rows[] = {
    {"bert.embeddings.word_embeddings.weight", "V", "H", ROW_MATRIX, AT(word)},
    {"bert.embeddings.position_embeddings.weight", "P", "H", ROW_MATRIX, AT(position)},
    {"bert.embeddings.token_type_embeddings.weight", "S", "H", ROW_MATRIX, AT(segment)},
    {0},
};

static const struct row norm_rows[] = {
    {"bert.embeddings.LayerNorm.weight", "H", NULL, ROW_GAIN, AT(norm.weight)},
    {"bert.embeddings.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(norm.bias)},
    {0},
};

static bool has_norm(const struct shape *shape) {
    return model_kinds[shape->kind].norm == NORM_POST;
}

const struct row *embed_norm_rows(const struct shape *shape) {
    return has_norm(shape) ? norm_rows : NULL;
}

void embed_place(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    state_place_norm(&model->embedding_norm, carve, T, H);
    model->embedded = carve_floats(carve, T, H);
}

void embed_place_down(struct model *model, struct carve *carve) {
    model->norm_sums = carve_floats(carve, block_count(model->options.max_tokens),
                                    2 * model->options.shape.H);
}

static void forward_block(const struct pass *pass, struct block b) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    const struct norm_state *norm = &model->embedding_norm;
    int64_t H = model->options.shape.H, row = b.first;
    const float *w = pass->weights;
    float *xhat = norm->xhat + row * H, *y = model->embedded + row * H; /* (block,H) */
    uint8_t *keep = norm->keep + row * ((H + 7) / 8);
    embedding_forward(b.count, H, pass->ids + row, pass->positions + row,
                      pass->segments + row, w + at->word, w + at->position,
                      w + at->segment, has_norm(&model->options.shape) ? xhat : y);
    if (has_norm(&model->options.shape))
        layernorm_forward(b.count, H, xhat, w + at->norm.weight, w + at->norm.bias,
                          model->options.shape.norm_eps, y, norm->rstd + row);
    if (pass->hidden_threshold) {
        pass_draw(pass, SITE_EMBEDDINGS, NULL, row, b.count, keep);
        dropout_apply(b.count, H, H, pass->hidden_threshold, keep, y, y);
    }
}

void embed_forward(const struct pass *pass) {
    int64_t blocks = block_count(pass->T);
    enum stage outer = stage_to(STAGE_EMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        forward_block(pass, block_of(pass->T, i));
    stage_to(outer);
}

static void backward_block(const struct pass *pass, int64_t i) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    const struct norm_state *norm = &model->embedding_norm;
    struct block b = block_of(pass->T, i);
    int64_t H = model->options.shape.H;
    float *d = model->dx + b.first * H, *sums = model->norm_sums + i * 2 * H;
    memset(sums, 0, (size_t)(2 * H) * sizeof *sums);
    if (pass->hidden_threshold)
        dropout_apply(b.count, H, H, pass->hidden_threshold,
                      norm->keep + b.first * ((H + 7) / 8), d, d);
    if (has_norm(&model->options.shape))
        layernorm_backward(b.count, H, norm->xhat + b.first * H,
                           pass->weights + at->norm.weight, norm->rstd + b.first, d, d,
                           sums, sums + H);
    pass_poll(pass);
}

/* Columns are shared out, since rows may meet in one place. */
enum { COLUMNS = 64 };

static void scatter(const struct pass *pass, int64_t j) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    int64_t H = model->options.shape.H, T = pass->T,
            n = H - j < COLUMNS ? H - j : COLUMNS;
    const float *d = model->dx + j;
    float *g = pass->grads + j;
    embedding_backward(T, H, n, pass->ids, d, g + at->word);
    embedding_backward(T, H, n, pass->positions, d, g + at->position);
    embedding_backward(T, H, n, pass->segments, d, g + at->segment);
    for (int64_t i = 0; i < (has_norm(&model->options.shape) ? block_count(T) : 0);
         i++) {
        vec_add(n, model->norm_sums + i * 2 * H + j, g + at->norm.weight);
        vec_add(n, model->norm_sums + (i * 2 + 1) * H + j, g + at->norm.bias);
    }
}

void embed_backward(const struct pass *pass) {
    int64_t blocks = block_count(pass->T), H = pass->model->options.shape.H;
    enum stage outer = stage_to(STAGE_DEMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(pass, i);
#pragma omp for schedule(dynamic)
    for (int64_t j = 0; j < H; j += COLUMNS)
        scatter(pass, j);
    stage_to(outer);
}
