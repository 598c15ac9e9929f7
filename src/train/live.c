/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher's own pass: see live.h.  It ends after the layer that is asked for, and
 * computes there only the rows that somebody looks at.
 *
 * Products sum each element in one order, whatever rows lie beside it (kernels/gemm.h),
 * so that what is said does not depend on the chunk, and so not on the ranks. */
#include "src/train/live.h"

#include "src/base/die.h"
#include "src/base/mem.h"

struct live {
    const struct teacher *teacher; /* borrowed */
    struct model *model;
    int64_t rows;  /* of a chunk at most */
    float *states; /* (rows,H) */
};

static struct model_options options_of(const struct stepper_options *o) {
    const struct teacher *t = o->teacher;
    return (struct model_options){.shape = t->bundle.shape,
                                  .max_tokens = o->config->train_chunk_tokens,
                                  .max_sequences = o->max_sequences,
                                  .max_length = o->max_length,
                                  .forward_only = true,
                                  .cut = t->bundle.shape.L - t->layer};
}

static int64_t rows_of(const struct stepper_options *o) {
    int64_t tokens = o->config->train_chunk_tokens;
    return tokens > o->max_length ? tokens : o->max_length;
}

static size_t states_bytes(const struct stepper_options *o) {
    return (size_t)(rows_of(o) * o->teacher->bundle.shape.H) * sizeof(float);
}

size_t live_measure(const struct stepper_options *o) {
    const struct model_options options = options_of(o);
    return model_measure(&options) + states_bytes(o);
}

struct live *live_create(const struct stepper_options *o) {
    const struct model_options options = options_of(o);
    struct live *live = mem_alloc(1, sizeof *live);
    live->teacher = o->teacher;
    live->model = model_create(&options, &o->teacher->bundle.table);
    live->rows = rows_of(o);
    live->states = mem_map(states_bytes(o), 1);
    return live;
}

struct targets live_ask(struct live *live, const struct batch *text, int64_t first,
                        int64_t count, const struct model_step *step) {
    const struct bundle *bundle = &live->teacher->bundle;
    struct targets targets = {
        .rows = text->masked_starts[first + count] - text->masked_starts[first],
        .tokens = text->starts[first + count] - text->starts[first],
        .width = bundle->shape.H,
        .states = live->states};
    CHECK(targets.rows <= live->rows);
    model_states(live->model, &bundle->weights, text, first, count, step, live->states);
    return targets;
}

/* A third of forward and backward, of the layers that it has. */
double live_flops(const struct live *live, const struct batch *batch) {
    return model_flops(live->model, batch) / 3;
}

void live_destroy(struct live *live) {
    if (live == NULL)
        return;
    size_t width = (size_t)live->teacher->bundle.shape.H;
    model_destroy(live->model);
    mem_unmap(live->states, (size_t)live->rows * width, sizeof(float));
    mem_free(live);
}
