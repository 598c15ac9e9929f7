/* SPDX-License-Identifier: Apache-2.0 */
/* The whole model: its memory, and a chunk's way up through encoder and objectives and
 * down again.  What each part does is in the file of its name. */
#include "src/model/bert.h"

#include <omp.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/kernels/decoder.h"
#include "src/model/attention.h"
#include "src/model/encoder.h"
#include "src/model/objective.h"
#include "src/model/state.h"
#include "src/model/weights.h"

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

static void place_norm(struct norm_state *norm, struct walk *walk, int64_t T,
                       int64_t H) {
    norm->xhat = walk_floats(walk, T, H);
    norm->rstd = walk_floats(walk, T, 1);
    norm->keep = walk_take(walk, T * ((H + 7) / 8), 1);
}

static void place_layer(struct layer_state *layer, struct walk *walk, int64_t T,
                        int64_t scores, const struct shape *shape) {
    int64_t H = shape->H, F = gemm_stride(shape->F);
    layer->q = walk_floats(walk, T, H);
    layer->kv = walk_floats(walk, T, gemm_stride(2 * H));
    layer->probs = walk_floats(walk, scores, 1);
    layer->probs_keep = walk_take(walk, scores / 8, 1);
    layer->context = walk_floats(walk, T, H);
    place_norm(&layer->attention_norm, walk, T, H);
    layer->middle = walk_floats(walk, T, H);
    layer->slope = walk_floats(walk, T, F);
    layer->act = walk_floats(walk, T, F);
    place_norm(&layer->output_norm, walk, T, H);
    layer->out = walk_floats(walk, T, H);
}

/* What a layer's way down needs, and all layers share. */
static void place_gradients(struct model *model, struct walk *walk) {
    const struct shape *shape = &model->options.shape;
    int64_t T = model->options.max_tokens, H = shape->H;
    model->panels = walk_floats(walk, weights_floats(shape), 1);
    model->dx = walk_floats(walk, T, H);
    model->dout = walk_floats(walk, T, H);
    model->dattention = walk_floats(walk, T, H);
    model->ddown = walk_floats(walk, T, H);
    model->dcontext = walk_floats(walk, T, H);
    model->dq = walk_floats(walk, T, H);
    model->dkv = walk_floats(walk, T, gemm_stride(2 * H));
    model->dup = walk_floats(walk, T, gemm_stride(shape->F));
    model->sums = walk_floats(walk, block_count(T), weights_sums_width(shape));
}

static void place_rows(struct model *model, struct walk *walk) {
    int64_t T = model->options.max_tokens, B = model->options.max_sequences;
    model->starts = walk_take(walk, B + 1, sizeof *model->starts);
    model->spans = walk_take(walk, T + 1, sizeof *model->spans);
    model->owners = walk_take(walk, T, sizeof *model->owners);
    model->score_at = walk_take(walk, T, sizeof *model->score_at);
    model->chosen = walk_take(walk, T, sizeof *model->chosen);
    model->chosen_spans = walk_take(walk, T + 1, sizeof *model->chosen_spans);
    model->masked = walk_take(walk, T, sizeof *model->masked);
    model->first = walk_take(walk, B, sizeof *model->first);
    model->chosen_x = walk_floats(walk, T, model->options.shape.H);
}

static void place_heads(struct model *model, struct walk *walk) {
    int64_t H = model->options.shape.H, V = model->options.shape.V;
    int64_t T = model->options.max_tokens, B = model->options.max_sequences;
    int64_t M = T < MLM_SLAB ? T : MLM_SLAB;
    struct mlm_state *mlm = &model->mlm;
    mlm->rows = walk_floats(walk, M, H);
    mlm->slope = walk_floats(walk, M, H);
    mlm->xhat = walk_floats(walk, M, H);
    mlm->rstd = walk_floats(walk, M, 1);
    mlm->out = walk_floats(walk, M, H);
    mlm->dout = walk_floats(walk, M, H);
    mlm->scratch = walk_take(walk, (int64_t)decoder_scratch_bytes(M, H, V), 1);
    struct next_state *next = &model->next;
    next->rows = walk_floats(walk, B, H);
    next->pooled = walk_floats(walk, B, H);
    next->dpooled = walk_floats(walk, B, H);
    next->logits = walk_floats(walk, B, 2);
}

/* The one walk over all that a model keeps. */
static void model_place(struct model *model, struct walk *walk) {
    const struct shape *shape = &model->options.shape;
    int64_t T = model->options.max_tokens, H = shape->H;
    int64_t longest = model->options.max_length, ld = state_score_stride(longest);
    place_norm(&model->embedding_norm, walk, T, H);
    model->embedded = walk_floats(walk, T, H);
    for (int64_t l = 0; l < shape->L;
         l++) /* Σ s · ld of spans ≤ T · ld of the longest */
        place_layer(&model->layers[l], walk, T, T * ld * shape->A, shape);
    place_heads(model, walk);
    place_gradients(model, walk);
    model->desks = walk_floats(walk, model->threads, attention_floats(shape, longest));
    place_rows(model, walk);
}

/* All but the block and the places. */
static void model_plan(struct model *model, const struct model_options *options) {
    const struct shape *shape = &options->shape;
    CHECK(shape->L > 0 && shape->A > 0 && shape->H % shape->A == 0);
    CHECK(options->max_sequences > 0 && options->max_length > 0);
    *model = (struct model){.options = *options, .threads = omp_get_max_threads()};
    model->options.max_tokens = larger(options->max_tokens, options->max_length);
    model->layers = mem_alloc((size_t)shape->L, sizeof *model->layers);
    struct walk walk = {0};
    model_place(model, &walk);
    model->bytes = walk.used_bytes;
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
    struct walk walk = {.base = model->block};
    model_place(model, &walk);
    CHECK(walk.used_bytes == model->bytes);
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
    for (const struct objective *o = objectives; o->name; o++)
        o->run(pass, x);
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
    pass.mlm_scale = (float)step->mlm_scale;
    pass.next_scale = (float)step->nsp_scale;
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
