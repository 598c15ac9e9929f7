/* SPDX-License-Identifier: Apache-2.0 */
/* The whole model: its memory, and a chunk's way up through encoder and objectives and
 * down again.  What each part does is in the file of its name. */
#include "src/model/bert.h"

#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/kernels/vec.h"
#include "src/model/embed.h"
#include "src/model/encoder.h"
#include "src/model/layer.h"
#include "src/model/objective.h"
#include "src/model/state.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The threads that will have its rows touch a piece first. */
static void touch(void *piece, size_t bytes) {
    vec_zero((int64_t)(bytes / sizeof(float)), piece);
}

/* All that a model keeps. */
static void model_place(struct model *model, struct carve *carve) {
    embed_place(model, carve);
    for (int64_t l = 0; l < model->options.shape.L; l++)
        layer_place(model, l, carve);
    for (int i = 0; i < OBJECTIVES; i++)
        objectives[i]->place(model, carve);
    layer_place_shared(model, carve);
    pass_place(model, carve);
}

/* All but the block and the places. */
static void model_plan(struct model *model, const struct model_options *options) {
    const struct shape *shape = &options->shape;
    CHECK(shape->L > 0 && shape->A > 0 && shape->H % shape->A == 0);
    CHECK(options->max_sequences > 0 && options->max_length > 0);
    *model = (struct model){.options = *options, .threads = omp_get_max_threads()};
    model->options.max_tokens = larger(options->max_tokens, options->max_length);
    model->layers = mem_alloc((size_t)shape->L, sizeof *model->layers);
    struct carve carve = {0};
    model_place(model, &carve);
    model->bytes = carve.used_bytes;
}

size_t model_measure(const struct model_options *options) {
    struct model model;
    model_plan(&model, options);
    mem_free(model.layers);
    return model.bytes;
}

struct model *model_create(const struct model_options *options,
                           const struct params_table *table) {
    struct model *model = mem_alloc(1, sizeof *model);
    model_plan(model, options);
    places_init(&model->places, table, &options->shape);
    model->block = mem_map(model->bytes, 1);
    struct carve carve = {.base = model->block, .touch = touch};
    model_place(model, &carve);
    CHECK(carve.used_bytes == model->bytes);
    return model;
}

void model_destroy(struct model *model) {
    if (model == NULL)
        return;
    places_fini(&model->places);
    mem_free(model->layers);
    mem_unmap(model->block, model->bytes, 1);
    mem_free(model);
}

void model_count(const struct batch *batch, uint64_t counts[OBJECTIVES]) {
    for (int i = 0; i < OBJECTIVES; i++)
        counts[i] = (uint64_t)objectives[i]->count(batch);
}

int64_t model_chunk(const struct model *model, const struct batch *batch,
                    int64_t first) {
    int64_t count = 1, most = batch->B - first;
    if (most > model->options.max_sequences)
        most = model->options.max_sequences;
    while (count < most && batch->starts[first + count + 1] - batch->starts[first] <=
                               model->options.max_tokens)
        count++;
    return count;
}

/* Team. */
static void run_objectives(const struct pass *pass, const float *x) {
    for (int i = 0; i < OBJECTIVES; i++)
        objectives[i]->run(pass, x, &pass->sums->of[i]);
#pragma omp single
    {
        pass->sums->tokens += pass->T;
        pass->sums->sequences += pass->B;
    }
}

/* Team. */
static void train(const struct pass *pass) {
    const struct model *model = pass->model;
    const float *x = encoder_forward(pass);
    int64_t H = model->options.shape.H;
#pragma omp for schedule(static)
    for (int64_t i = 0; i < pass->R; i++)
        memset(model->dout + i * H, 0, (size_t)H * sizeof *model->dout);
    run_objectives(pass, x);
    encoder_tell_ready(pass, model->places.first_head, model->places.end);
    encoder_backward(pass);
}

void model_train(struct model *model, const struct params *weights,
                 struct params *grads, const struct batch *batch, int64_t first,
                 int64_t count, const struct model_step *step,
                 struct model_sums *sums) {
    struct pass pass;
    CHECK(grads->table->total == model->places.end);
    pass_init(&pass, model, weights, batch, first, count, false, sums);
    pass.step = step;
    pass.grads = grads->data;
    pass.hidden_threshold = dropout_threshold(model->options.hidden_dropout);
    pass.attention_threshold = dropout_threshold(model->options.attention_dropout);
    for (int i = 0; i < OBJECTIVES; i++)
        pass.scale[i] = (float)step->scale[i];
#pragma omp parallel
    train(&pass);
}

void model_evaluate(struct model *model, const struct params *weights,
                    const struct batch *batch, int64_t first, int64_t count,
                    struct model_sums *sums) {
    struct pass pass;
    pass_init(&pass, model, weights, batch, first, count, false, sums);
#pragma omp parallel
    run_objectives(&pass, encoder_forward(&pass));
}
