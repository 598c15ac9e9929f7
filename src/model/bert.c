/* SPDX-License-Identifier: Apache-2.0 */
/* The whole model: its memory, and a chunk's way up through encoder and objectives and
 * down again.  What each part does is in the file of its name. */
#include "src/model/bert.h"

#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "src/kernels/vec.h"
#include "src/model/chunk.h"
#include "src/model/encoder.h"
#include "src/model/layout.h"
#include "src/model/objective.h"
#include "src/model/state.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* The threads that will have its rows touch a piece first. */
static void touch(void *piece, size_t bytes) {
    vec_zero((int64_t)(bytes / sizeof(float)), piece);
}

/* All that a model keeps. */
static void model_place(struct model *model, struct carve *carve) {
    encoder_place(model, carve);
    objective_place(model, carve);
    chunk_place(model, carve);
}

void model_layout(struct params_table *table, const struct shape *shape, uint32_t set) {
    model_layout_beside(table, "", true, shape, set);
}

void model_layout_beside(struct params_table *table, const char *prefix,
                         bool embeddings, const struct shape *shape, uint32_t set) {
    layout_add(table, prefix, embeddings, shape);
    objective_add_rows(set, prefix, shape, table);
}

static void find_places(struct model *model, const struct params_table *table) {
    layout_find(&model->places, table, model->options.prefix, &model->options.shape);
    model->places.end =
        objective_find_rows(model, table, model->places.first_objective);
    model->total = table->total;
}

/* Numbers that are rounded for products are kept so, by who has to keep them. */
static enum number kind_of(const struct model_options *options) {
    return options->precision == GEMM_BF16 && !options->forward_only ? NUMBER_BF16
                                                                     : NUMBER_F32;
}

static struct model *plan_answers(const struct model_options *options);

/* All but the block and the places. */
static struct model *model_plan(const struct model_options *options) {
    struct model *model = mem_alloc(1, sizeof *model);
    const struct shape *shape = &options->shape;
    CHECK(shape->L > 0 && shape->E > 0 && shape->A > 0 && shape->D > 0);
    CHECK(options->max_sequences > 0 && options->max_length > 0);
    CHECK(options->cut == 0 || (options->forward_only && options->objectives == 0));
    *model = (struct model){.options = *options,
                            .depth = shape->L - options->cut,
                            .threads = omp_get_max_threads(),
                            .kind = kind_of(options)};
    CHECK(model->depth > 0 && model->depth <= shape->L);
    model->options.prefix = options->prefix ? options->prefix : "";
    model->options.max_tokens = larger(options->max_tokens, options->max_length);
    model->layers = mem_alloc((size_t)model->depth, sizeof *model->layers);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(options->objectives, i))
            model->parts[i] = mem_alloc(1, objectives[i]->bytes);
    struct carve carve = {0};
    model_place(model, &carve);
    model->bytes = carve.used_bytes;
    model->answers = model->kind == NUMBER_F32 ? model : plan_answers(options);
    return model;
}

static struct model *plan_answers(const struct model_options *options) {
    struct model_options asked = *options;
    asked.forward_only = true;
    return model_plan(&asked);
}

static void free_plan(struct model *model) {
    if (model->answers != model)
        free_plan(model->answers);
    for (int i = 0; i < OBJECTIVES; i++)
        mem_free(model->parts[i]);
    layout_fini(&model->places);
    mem_free(model->layers);
    mem_free(model);
}

/* Of itself and of who answers for it: never at once. */
static size_t block_bytes(const struct model *model) {
    return model->bytes > model->answers->bytes ? model->bytes : model->answers->bytes;
}

size_t model_measure(const struct model_options *options) {
    struct model *model = model_plan(options);
    size_t bytes = block_bytes(model);
    free_plan(model);
    return bytes;
}

static void lay_out(struct model *model, const struct params_table *table, void *block,
                    void (*touch_piece)(void *piece, size_t bytes)) {
    struct carve carve = {.base = block, .touch = touch_piece};
    find_places(model, table);
    model_place(model, &carve);
    CHECK(carve.used_bytes == model->bytes);
}

struct model *model_create(const struct model_options *options,
                           const struct params_table *table) {
    struct model *model = model_plan(options);
    model->block = mem_map(block_bytes(model), 1);
    lay_out(model, table, model->block, touch);
    if (model->answers != model)
        lay_out(model->answers, table, model->block, NULL);
    return model;
}

void model_destroy(struct model *model) {
    if (model == NULL)
        return;
    mem_unmap(model->block, block_bytes(model), 1);
    free_plan(model);
}

void model_count(const struct model *model, const struct batch *batch,
                 uint64_t counts[OBJECTIVES]) {
    for (int i = 0; i < OBJECTIVES; i++)
        counts[i] = model->parts[i] ? (uint64_t)objectives[i]->count(batch) : 0;
}

double model_flops(const struct model *model, const struct batch *batch) {
    const struct shape *shape = &model->options.shape;
    double flops = 0;
    for (int64_t n = 0; n < batch->N; n++)
        flops += shape_flops(shape, batch->spans[n + 1] - batch->spans[n]);
    for (int i = 0; i < OBJECTIVES; i++)
        if (model->parts[i])
            flops += objectives[i]->flops(shape, objectives[i]->count(batch));
    return flops;
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
        if (pass->model->parts[i] && (!objectives[i]->targets || pass->targets))
            objectives[i]->run(pass, pass->model->parts[i], x, pass->scale[i],
                               &pass->sums->of[i]);
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
    encoder_backward(pass);
}

void model_train(struct model *model, const struct params *weights,
                 struct params *grads, const struct batch *batch, int64_t first,
                 int64_t count, const struct model_step *step,
                 struct model_sums *sums) {
    struct pass pass;
    model->last = model;
    CHECK(!model->options.forward_only && grads->table->total == model->total);
    chunk_lay(&pass, model, weights, batch, first, count, CHUNK_LOOKED_AT, sums);
    pass.step = step;
    pass.targets = step->targets;
    pass.grads = grads->data;
    pass.hidden_threshold = dropout_threshold(model->options.hidden_dropout);
    pass.attention_threshold = dropout_threshold(model->options.attention_dropout);
    for (int i = 0; i < OBJECTIVES; i++)
        pass.scale[i] = (float)step->scale[i];
    enum gemm_precision outer = gemm_in(model->options.precision);
#pragma omp parallel
    train(&pass);
    gemm_in(outer);
}

void model_evaluate(struct model *model, const struct params *weights,
                    const struct batch *batch, int64_t first, int64_t count,
                    struct model_sums *sums) {
    struct pass pass;
    model->last = model->answers;
    chunk_lay(&pass, model->answers, weights, batch, first, count, CHUNK_LOOKED_AT,
              sums);
#pragma omp parallel
    run_objectives(&pass, encoder_forward(&pass));
}
