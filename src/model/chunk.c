/* SPDX-License-Identifier: Apache-2.0 */
/* The cutting of a chunk out of a batch: see chunk.h. */
#include "src/model/chunk.h"

#include <string.h>

#include "src/base/die.h"
#include "src/model/objective.h"

void chunk_place(struct model *model, struct carve *carve) {
    int64_t T = model->options.max_tokens, B = model->options.max_sequences;
    model->starts = carve_take(carve, B + 1, sizeof *model->starts);
    model->spans = carve_take(carve, T + 1, sizeof *model->spans);
    model->owners = carve_take(carve, T, sizeof *model->owners);
    model->score_at = carve_take(carve, T, sizeof *model->score_at);
    model->chosen = carve_take(carve, T, sizeof *model->chosen);
    model->chosen_spans = carve_take(carve, T + 1, sizeof *model->chosen_spans);
    model->chosen_at = carve_take(carve, T, sizeof *model->chosen_at);
    model->marked = carve_take(carve, T, sizeof *model->marked);
}

static void check_rows(const struct pass *pass) {
    const struct shape *shape = &pass->model->options.shape;
    for (int64_t t = 0; t < pass->T; t++) {
        CHECK(pass->ids[t] >= 0 && pass->ids[t] < shape->V);
        CHECK(pass->positions[t] >= 0 && pass->positions[t] < shape->P);
        CHECK(pass->segments[t] >= 0 && pass->segments[t] < shape->S);
    }
    for (int64_t i = 0; i < pass->M; i++)
        CHECK(pass->masked[i] >= pass->row && pass->masked[i] - pass->row < pass->T &&
              pass->labels[i] >= 0 && pass->labels[i] < shape->V);
}

static void place_sequences(struct model *model, const int32_t *starts, int64_t count) {
    model->starts[0] = 0;
    for (int64_t b = 0; b < count; b++) {
        int64_t s = starts[b + 1] - starts[b];
        CHECK(s > 0 && s <= model->options.max_length);
        model->starts[b + 1] = starts[b + 1] - starts[0];
        for (int32_t t = model->starts[b]; t < model->starts[b + 1]; t++)
            model->owners[t] = (int32_t)b;
    }
}

static void place_spans(struct model *model, const int32_t *spans, int64_t count) {
    size_t at = 0;
    model->spans[0] = 0;
    for (int64_t n = 0; n < count; n++) {
        size_t s = (size_t)(spans[n + 1] - spans[n]);
        CHECK(s > 0);
        model->spans[n + 1] = spans[n + 1] - spans[0];
        model->score_at[n] = at;
        at += s * (size_t)state_score_stride(model->kind, (int64_t)s);
    }
}

/* The first row of each sequence is computed for any objectives: how rows lie in blocks
 * is part of the bits of a run. */
static void mark_rows(const struct pass *pass, enum chunk_rows rows, bool *marked) {
    memset(marked, 0, (size_t)pass->T * sizeof *marked);
    for (int64_t b = 0; b < pass->B; b++)
        marked[pass->starts[b]] = true;
    if (rows == CHUNK_MASKED)
        objective_mark_masked(pass, NULL, marked);
    for (int i = 0; i < OBJECTIVES; i++)
        if (pass->model->parts[i] && objectives[i]->mark)
            objectives[i]->mark(pass, pass->model->parts[i], marked);
}

/* The rows of the last layer, ascending, and where each is among them. */
static void choose_rows(struct pass *pass, struct model *model, enum chunk_rows rows) {
    int32_t R = 0, n = 0;
    mark_rows(pass, rows, model->marked);
    for (int32_t t = 0; t < pass->T; t++) {
        if (model->spans[n] == t)
            model->chosen_spans[n++] = R;
        model->chosen_at[t] = R;
        if (model->marked[t] || rows == CHUNK_ALL)
            model->chosen[R++] = t;
    }
    CHECK(n == pass->N);
    model->chosen_spans[n] = R;
    pass->R = R;
    pass->all_chosen = rows == CHUNK_ALL;
}

void chunk_lay(struct pass *pass, struct model *model, const struct params *weights,
               const struct batch *batch, int64_t first, int64_t count,
               enum chunk_rows rows, struct model_sums *sums) {
    CHECK(weights->table->total == model->total);
    CHECK(first >= 0 && count > 0 && first + count <= batch->B);
    int32_t row = batch->starts[first], masked = batch->masked_starts[first];
    int32_t span = batch->span_starts[first];
    *pass = (struct pass){.model = model,
                          .weights = weights->data,
                          .batch = batch,
                          .first = first,
                          .B = count,
                          .T = batch->starts[first + count] - row,
                          .M = batch->masked_starts[first + count] - masked,
                          .N = batch->span_starts[first + count] - span,
                          .row = row,
                          .ids = batch->ids + row,
                          .segments = batch->segments + row,
                          .positions = batch->positions + row,
                          .starts = model->starts,
                          .spans = model->spans,
                          .chosen_at = model->chosen_at,
                          .masked = batch->masked + masked,
                          .labels = batch->labels + masked,
                          .scores = batch->scores + masked,
                          .counts = batch->counts ? batch->counts + masked : NULL,
                          .next = batch->next + first,
                          .origins = batch->origins + first,
                          .sums = sums};
    CHECK(count <= model->options.max_sequences &&
          pass->T <= model->options.max_tokens);
    place_sequences(model, batch->starts + first, count);
    place_spans(model, batch->spans + span, pass->N);
    check_rows(pass);
    choose_rows(pass, model, rows);
}
