/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings and all layers, upward and downward: see encoder.h. */
#include "src/model/encoder.h"

#include "src/model/attention.h"
#include "src/model/embed.h"
#include "src/model/ffn.h"

const float *encoder_forward(const struct pass *pass) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    const float *x = model->embedded; /* (T,H) */
    size_t at = places->first_layer;
    encoder_tell_need(pass->step, 0, at);
    embed_forward(pass);
    for (int64_t l = 0; l < model->options.shape.L; l++, at += places->layer_size) {
        encoder_tell_need(pass->step, at, at + places->layer_size);
        attention_forward(pass, l, x);
        encoder_poll(pass->step);
        ffn_forward(pass, l);
        encoder_poll(pass->step);
        x = model->layers[l].out;
    }
    encoder_tell_need(pass->step, places->first_head, places->end);
    return x;
}

void encoder_tell_ready(const struct model_step *step, size_t from, size_t to) {
    if (step->on_ready && to > from)
        step->on_ready((struct span){.offset = from, .count = to - from},
                       step->context);
}

void encoder_tell_need(const struct model_step *step, size_t from, size_t to) {
    if (step && step->need && to > from)
        step->need((struct span){.offset = from, .count = to - from}, step->context);
}

void encoder_poll(const struct model_step *step) {
    if (step && step->poll)
        step->poll(step->context);
}

void encoder_backward(const struct pass *pass, const struct model_step *step) {
    const struct model *model = pass->model;
    const struct places *places = &model->places;
    size_t end = places->first_head;
    for (int64_t l = model->options.shape.L - 1; l >= 0;
         l--, end -= places->layer_size) {
        const float *x = l > 0 ? model->layers[l - 1].out : model->embedded;
        ffn_backward(pass, l);
        encoder_poll(step);
        attention_backward(pass, l, x);
        encoder_tell_ready(step, end - places->layer_size, end);
    }
    embed_backward(pass);
    encoder_tell_ready(step, 0, places->first_layer);
}
