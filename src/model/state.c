/* SPDX-License-Identifier: Apache-2.0 */
/* The walk that lays out memory, and the cutting of a chunk out of a batch: see
 * state.h. */
#include "src/model/state.h"

#include "src/base/die.h"
#include "src/kernels/vec.h"

void *walk_take(struct walk *walk, int64_t count, size_t size) {
    CHECK(count >= 0);
    void *piece = walk->base ? walk->base + walk->used_bytes : NULL;
    size_t bytes = ((size_t)count * size + 63) / 64 * 64;
    walk->used_bytes += bytes;
    if (piece) /* by the threads that will have its rows */
        vec_zero((int64_t)(bytes / sizeof(float)), piece);
    return piece;
}

float *walk_floats(struct walk *walk, int64_t rows, int64_t n) {
    return walk_take(walk, rows * n, sizeof(float));
}

int64_t state_score_stride(int64_t s) { return (s + 15) / 16 * 16; }

uint32_t pass_site(int64_t layer, enum dropout_site place) {
    return (uint32_t)(SITE_LAYERS * (layer + 1) + place);
}

struct dropout_key pass_dropout(const struct pass *pass, int64_t b, uint32_t site) {
    return (struct dropout_key){.seed = pass->model->options.dropout_seed,
                                .lane = pass->origins[b].lane,
                                .number = pass->origins[b].number,
                                .site = site};
}

static void check_rows(const struct pass *pass) {
    const struct shape *shape = &pass->model->options.shape;
    for (int64_t t = 0; t < pass->T; t++) {
        CHECK(pass->ids[t] >= 0 && pass->ids[t] < shape->V);
        CHECK(pass->positions[t] >= 0 && pass->positions[t] < shape->P);
        CHECK(pass->segments[t] >= 0 && pass->segments[t] < shape->S);
    }
    for (int64_t i = 0; i < pass->M; i++)
        CHECK(pass->masked[i] >= 0 && pass->masked[i] < pass->T &&
              pass->labels[i] >= 0 && pass->labels[i] < shape->V);
}

static void place_sequences(struct model *model, const int32_t *starts, int64_t count) {
    model->starts[0] = 0;
    for (int64_t b = 0; b < count; b++) {
        int64_t s = starts[b + 1] - starts[b];
        CHECK(s > 0 && s <= model->options.max_length);
        model->starts[b + 1] = starts[b + 1] - starts[0];
    }
}

/* The starts of the chunk are there. */
static void place_spans(struct model *model, const int32_t *spans, int64_t count) {
    size_t at = 0;
    int32_t owner = 0;
    model->spans[0] = 0;
    for (int64_t n = 0; n < count; n++) {
        size_t s = (size_t)(spans[n + 1] - spans[n]);
        model->spans[n + 1] = spans[n + 1] - spans[0];
        while (model->starts[owner + 1] < model->spans[n + 1])
            owner++;
        CHECK(s > 0 && model->starts[owner] <= model->spans[n]);
        model->owners[n] = owner;
        model->score_at[n] = at;
        at += s * (size_t)state_score_stride((int64_t)s);
    }
}

void pass_init(struct pass *pass, struct model *model, const struct params *weights,
               const struct batch *batch, int64_t first, int64_t count,
               struct model_sums *sums) {
    CHECK(weights->table->total == model->places.end);
    CHECK(first >= 0 && count > 0 && first + count <= batch->B);
    int32_t row = batch->starts[first], masked = batch->masked_starts[first];
    int32_t span = batch->span_starts[first];
    *pass = (struct pass){.model = model,
                          .weights = weights->data,
                          .B = count,
                          .T = batch->starts[first + count] - row,
                          .M = batch->masked_starts[first + count] - masked,
                          .N = batch->span_starts[first + count] - span,
                          .ids = batch->ids + row,
                          .segments = batch->segments + row,
                          .positions = batch->positions + row,
                          .starts = model->starts,
                          .spans = model->spans,
                          .masked = model->masked,
                          .labels = batch->labels + masked,
                          .next = batch->next + first,
                          .origins = batch->origins + first,
                          .sums = sums};
    CHECK(count <= model->options.max_sequences &&
          pass->T <= model->options.max_tokens);
    place_sequences(model, batch->starts + first, count);
    place_spans(model, batch->spans + span, pass->N);
    for (int64_t i = 0; i < pass->M; i++)
        model->masked[i] = batch->masked[masked + i] - row;
    check_rows(pass);
}
