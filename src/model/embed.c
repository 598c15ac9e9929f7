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
    {"bert.embeddings.word_embeddings.weight", "V", "E", ROW_MATRIX, AT(word)},
    {"bert.embeddings.position_embeddings.weight", "P", "E", ROW_MATRIX, AT(position)},
    {"bert.embeddings.token_type_embeddings.weight", "S", "E", ROW_MATRIX, AT(segment)},
    {0},
};

static const struct row norm_rows[] = {
    {"bert.embeddings.LayerNorm.weight", "E", NULL, ROW_GAIN, AT(norm.weight)},
    {"bert.embeddings.LayerNorm.bias", "E", NULL, ROW_BIAS, AT(norm.bias)},
    {0},
};

static bool has_norm(const struct shape *shape) {
    return model_kinds[shape->kind].norm == NORM_POST;
}

const struct row *embed_norm_rows(const struct shape *shape) {
    return has_norm(shape) ? norm_rows : NULL;
}

void embed_place(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, E = model->options.shape.E;
    state_place_norm(&model->embedding_norm, NUMBER_F32, carve, T, E);
    model->embedded = carve_floats(carve, T, E);
}

void embed_place_down(struct model *model, struct carve *carve) {
    if (has_norm(&model->options.shape))
        model->embedding_sums = carve_floats(
            carve, block_count(model->options.max_tokens), 2 * model->options.shape.E);
}

static void forward_block(const struct pass *pass, struct block b) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    const struct norm_state *norm = &model->embedding_norm;
    int64_t E = model->options.shape.E, row = b.first;
    bool normed = has_norm(&model->options.shape);
    const float *w = pass->weights;
    struct matrix xhat = matrix_from(norm->xhat, row, 0),
                  y = matrix_f32(model->embedded + row * E, E); /* (block,E) */
    uint8_t *keep = norm->keep + row * ((E + 7) / 8);
    embedding_forward(b.count, E, pass->ids + row, pass->positions + row,
                      pass->segments + row, w + at->word, w + at->position,
                      w + at->segment, normed ? xhat.at : y.at);
    if (normed) {
        const struct layernorm by = pass_norm(pass, &at->norm);
        const struct layernorm_out out = {
            .y = y, .xhat = xhat, .rstd = norm->rstd + row};
        layernorm_forward(b.count, E, xhat.at, &by, &out);
    }
    if (pass->hidden_threshold) {
        pass_draw(pass, SITE_EMBEDDINGS, NULL, row, b.count, E, keep);
        dropout_apply(b.count, E, pass->hidden_threshold, keep, y, y);
    }
    if (model->input.at == model->embedded)
        state_round(&model->input, row, b.count, E);
}

void embed_forward(const struct pass *pass) {
    int64_t blocks = block_count(pass->T);
    enum stage outer = stage_to(STAGE_EMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        forward_block(pass, block_of(pass->T, i));
    stage_to(outer);
}

/* From the gradient of LayerNorm's output to that of its input, in place. */
static void norm_back(const struct pass *pass, int64_t i, struct block b, float *d) {
    const struct model *model = pass->model;
    const struct norm_state *norm = &model->embedding_norm;
    int64_t E = model->options.shape.E;
    float *sums = model->embedding_sums + i * 2 * E;
    memset(sums, 0, (size_t)(2 * E) * sizeof *sums);
    layernorm_backward(b.count, E, matrix_from(norm->xhat, b.first, 0),
                       pass->weights + model->places.embedding.norm.weight,
                       norm->rstd + b.first, d, d, sums, sums + E);
}

static void backward_block(const struct pass *pass, int64_t i) {
    const struct model *model = pass->model;
    struct block b = block_of(pass->T, i);
    int64_t E = model->options.shape.E;
    struct matrix d = matrix_f32(model->dembedded + b.first * E, E);
    if (pass->hidden_threshold)
        dropout_apply(b.count, E, pass->hidden_threshold,
                      model->embedding_norm.keep + b.first * ((E + 7) / 8), d, d);
    if (has_norm(&model->options.shape))
        norm_back(pass, i, b, d.at);
    pass_poll(pass);
}

/* Columns are shared out, since rows may meet in one place. */
enum { COLUMNS = 64 };

static void scatter(const struct pass *pass, int64_t j) {
    const struct model *model = pass->model;
    const struct embedding_places *at = &model->places.embedding;
    int64_t E = model->options.shape.E, T = pass->T,
            n = E - j < COLUMNS ? E - j : COLUMNS,
            blocks = has_norm(&model->options.shape) ? block_count(T) : 0;
    const float *d = model->dembedded + j;
    float *g = pass->grads + j;
    embedding_backward(T, E, n, pass->ids, d, g + at->word);
    embedding_backward(T, E, n, pass->positions, d, g + at->position);
    embedding_backward(T, E, n, pass->segments, d, g + at->segment);
    for (int64_t i = 0; i < blocks; i++) {
        vec_add(n, model->embedding_sums + i * 2 * E + j, g + at->norm.weight);
        vec_add(n, model->embedding_sums + (i * 2 + 1) * E + j, g + at->norm.bias);
    }
}

void embed_backward(const struct pass *pass) {
    int64_t blocks = block_count(pass->T), E = pass->model->options.shape.E;
    enum stage outer = stage_to(STAGE_DEMBED);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < blocks; i++)
        backward_block(pass, i);
#pragma omp for schedule(dynamic)
    for (int64_t j = 0; j < E; j += COLUMNS)
        scatter(pass, j);
    stage_to(outer);
}
