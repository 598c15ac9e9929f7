/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers, upward and downward: see encoder.h. */
#include "src/model/encoder.h"

#include "src/model/embed.h"
#include "src/model/final.h"
#include "src/model/layer.h"

/* On the way up nobody looks back: one layer's state does for all of them, but for what
 * a layer makes of the stream, which goes to and fro between two places. */
static void share_state(struct model *model, int64_t layer) {
    model->layers[layer] = model->layers[0];
    if (layer % 2 == 1)
        model->layers[layer].out = model->embedded;
}

void encoder_place(struct model *model, struct carve *carve) {
    const struct layer_kind *kind = layer_kind(&model->options.shape);
    bool up_only = model->options.forward_only;
    embed_place(model, carve);
    for (int64_t l = 0; l < model->depth; l++)
        if (l == 0 || !up_only)
            kind->place(model, l, carve);
        else
            share_state(model, l);
    final_place(model, carve);
    kind->place_shared(model, carve);
    if (up_only)
        return;
    embed_place_down(model, carve);
    kind->place_down(model, carve);
}

const float *encoder_forward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    const float *x = model->embedded; /* (T,H) */
    size_t at = places->first_layer;
    encoder_tell_need(pass, 0, at);
    embed_forward(pass);
    for (int64_t l = 0; l < model->depth; l++, at += places->layer_size) {
        encoder_tell_need(pass, at, at + places->layer_size);
        layer_kind(&model->options.shape)->forward(pass, l, x);
        x = model->layers[l].out;
    }
    encoder_tell_need(pass, places->first_head, places->end);
    return final_forward(pass, x);
}

void encoder_tell_ready(const struct pass *pass, size_t from, size_t to) {
    const struct model_step *step = pass->step;
#pragma omp master
    if (step->on_ready && to > from)
        step->on_ready((struct span){.offset = from, .count = to - from},
                       step->context);
}

/* Nobody reads the weights before the main thread has them. */
void encoder_tell_need(const struct pass *pass, size_t from, size_t to) {
    const struct model_step *step = pass->step;
    if (step == NULL || step->need == NULL || to <= from)
        return;
#pragma omp master
    step->need((struct span){.offset = from, .count = to - from}, step->context);
#pragma omp barrier
}

void encoder_backward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    size_t end = places->first_head;
    float *d = model->dout;
    final_backward(pass);
    encoder_tell_ready(pass, places->first_head, places->end);
    for (int64_t l = model->depth - 1; l >= 0;
         l--, end -= places->layer_size, d = model->dx) {
        const float *x = l > 0 ? model->layers[l - 1].out : model->embedded;
        layer_kind(&model->options.shape)->backward(pass, l, x, d);
        encoder_tell_ready(pass, end - places->layer_size, end);
    }
    embed_backward(pass);
    encoder_tell_ready(pass, 0, places->first_layer);
}
