/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers, upward and downward: see encoder.h. */
#include "src/model/encoder.h"

#include "src/model/embed.h"
#include "src/model/final.h"
#include "src/model/layer.h"
#include "src/model/project.h"

/* Where nobody looks back, or what is looked at is computed again, one layer's state
 * does for all of them, but for what a layer makes of the stream: that is kept, or goes
 * to and fro between two places. */
static void share_state(struct model *model, int64_t layer, struct carve *carve) {
    int64_t T = model->options.max_tokens, H = model->options.shape.H;
    model->layers[layer] = model->layers[0];
    if (!model->options.forward_only)
        model->layers[layer].out =
            state_place_stream(NUMBER_F32, carve, carve_floats(carve, T, H), T, H);
    else if (layer % 2 == 1)
        model->layers[layer].out = model->input;
}

static bool is_computed_again(const struct model *model) {
    return model->options.recompute == RECOMPUTE_LAYER;
}

void encoder_place(struct model *model, struct carve *carve) {
    const struct layer_kind *kind = layer_kind(&model->options.shape);
    bool up_only = model->options.forward_only;
    embed_place(model, carve);
    project_place(model, carve);
    for (int64_t l = 0; l < model->depth; l++)
        if (l == 0 || !(up_only || is_computed_again(model)))
            kind->place(model, l, carve);
        else
            share_state(model, l, carve);
    final_place(model, carve);
    kind->place_shared(model, carve);
    if (up_only)
        return;
    kind->place_down(model, carve);
    embed_place_down(model, carve);
    project_place_down(model, carve);
    final_place_down(model, carve);
}

static struct span span_of(size_t from, size_t to) {
    return (struct span){.offset = from, .count = to - from};
}

/* Nobody reads the weights before the main thread has them. */
static void tell_need(const struct pass *pass, struct span span) {
    const struct model_step *step = pass->step;
    if (step == NULL || step->need == NULL || span.count == 0)
        return;
#pragma omp master
    step->need(span, step->context);
#pragma omp barrier
}

/* What is told of is done by all threads. */
static void tell_ready(const struct pass *pass, struct span span) {
    const struct model_step *step = pass->step;
#pragma omp master
    if (step->on_ready && span.count > 0)
        step->on_ready(span, step->context);
}

const float *encoder_forward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    const struct stream *x = &model->input; /* (T,H) */
    size_t at = places->first_layer;
    tell_need(pass, places->embeddings);
    embed_forward(pass);
    tell_need(pass, places->projected);
    project_forward(pass);
    for (int64_t l = 0; l < model->depth; l++, at += places->layer_size) {
        tell_need(pass, span_of(at, at + places->layer_size));
        layer_kind(&model->options.shape)->forward(pass, l, x);
        x = &model->layers[l].out;
    }
    tell_need(pass, span_of(places->first_head, places->end));
    return final_forward(pass, x->at);
}

void encoder_backward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    const struct layer_kind *kind = layer_kind(&model->options.shape);
    size_t end = places->first_head;
    float *d = model->dout;
    final_backward(pass);
    tell_ready(pass, span_of(places->first_head, places->end));
    for (int64_t l = model->depth - 1; l >= 0;
         l--, end -= places->layer_size, d = model->dx) {
        const struct stream *x = l > 0 ? &model->layers[l - 1].out : &model->input;
        if (is_computed_again(model) && l + 1 < model->depth) /* the last is there */
            kind->forward(pass, l, x);
        kind->backward(pass, l, x, d);
        tell_ready(pass, span_of(end - places->layer_size, end));
    }
    project_backward(pass);
    tell_ready(pass, places->projected);
    embed_backward(pass);
    tell_ready(pass, places->embeddings);
}
