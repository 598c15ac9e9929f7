/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher's own pass: see live.h.  It ends after the layer that is asked for, and
 * computes there only the rows that somebody looks at.
 *
 * Products sum each element in one order, whatever rows lie beside it (kernels/gemm.h),
 * so that what is said does not depend on the chunk, and so not on the ranks. */
#include "src/train/live.h"

#include <math.h>
#include <omp.h>

#include "src/base/carve.h"
#include "src/base/mem.h"
#include "src/core/phases.h"
#include "src/kernels/topk.h"
#include "src/train/coding.h"

struct live {
    const struct teacher *teacher; /* borrowed */
    struct model *model;
    double temperature;
    int64_t H, V;
    int64_t top;       /* logits of a row that count; 0: none */
    int64_t rows;      /* masked rows that there is room for; more if they come */
    int64_t tokens, W; /* of a chunk at most; of its heads together */
    int64_t relation_heads;
    float *attention;      /* (tokens,3W) */
    float *states;         /* (rows,H) */
    float *logits;         /* (rows,V) */
    int64_t *starts;       /* (rows + 1) of those that count */
    int32_t *at;           /* (rows,top) the largest, where they are not all */
    float *largest;        /* (rows,top) */
    float *scratch;        /* (threads,V) */
    struct coding *coding; /* NULL: nobody asks for codes */
    void *block;           /* where all of these lie */
    size_t bytes;
};

static bool wants(const struct teacher *t, enum target_kind kind) {
    return (t->kinds & (uint32_t)kind) != 0;
}

static struct model_options options_of(const struct stepper_options *o) {
    const struct teacher *t = o->teacher;
    return (struct model_options){
        .shape = t->bundle.shape,
        .objectives = wants(t, TARGET_LOGITS) ? t->bundle.objectives : 0,
        .max_tokens = o->config->train_chunk_tokens,
        .max_sequences = o->max_sequences,
        .max_length = o->max_length,
        .forward_only = true,
        .cut = t->bundle.shape.L - t->layer};
}

/* ---- room for what it says ---- */

/* As many masked rows as a chunk has, but for a sequence of long words. */
static int64_t expected_rows(const struct stepper_options *o, int64_t tokens) {
    double most = 0;
    for (int i = 0; i < phases_count(o->config); i++)
        most = fmax(most, phases_get(o->config, i).mask_prob);
    int64_t rows = (int64_t)ceil(most * (double)tokens) + o->max_sequences;
    return rows < tokens ? rows : tokens;
}

static struct live plan(const struct stepper_options *o) {
    const struct teacher *t = o->teacher;
    const struct shape *shape = &t->bundle.shape;
    int64_t tokens = o->config->train_chunk_tokens;
    tokens = tokens > o->max_length ? tokens : o->max_length;
    struct live live = {.teacher = t,
                        .temperature = o->config->teacher_temperature,
                        .relation_heads = t->relation_heads,
                        .H = shape->H,
                        .V = shape->V,
                        .W = shape->A * shape->D,
                        .tokens = tokens,
                        .rows = expected_rows(o, tokens)};
    if (!wants(t, TARGET_LOGITS))
        return live;
    int64_t top = o->config->teacher_top;
    live.top = top < live.V ? top : live.V;
    return live;
}

/* Places all of it in a block; returns its size. */
static size_t place(struct live *live, void *base) {
    struct carve carve = {.base = base};
    bool some = live->top > 0 && live->top < live->V;
    if (wants(live->teacher, TARGET_STATES) || wants(live->teacher, TARGET_CODES))
        live->states = carve_floats(&carve, live->rows, live->H);
    if (wants(live->teacher, TARGET_ATTENTION))
        live->attention = carve_floats(&carve, live->tokens, 3 * live->W);
    if (live->top > 0) {
        live->logits = carve_floats(&carve, live->rows, live->V);
        live->starts = carve_take(&carve, live->rows + 1, sizeof *live->starts);
    }
    if (some) {
        live->at = carve_take(&carve, live->rows * live->top, sizeof *live->at);
        live->largest = carve_floats(&carve, live->rows, live->top);
        live->scratch = carve_floats(&carve, omp_get_max_threads(), live->V);
    }
    return carve.used_bytes;
}

static void take_room(struct live *live) {
    live->bytes = place(live, NULL);
    live->block = mem_map(live->bytes, 1);
    place(live, live->block);
    for (int64_t i = 0; live->top > 0 && i <= live->rows; i++)
        live->starts[i] = i * live->top;
}

static void make_room(struct live *live, int64_t rows) {
    if (rows <= live->rows)
        return;
    mem_unmap(live->block, live->bytes, 1);
    live->rows = rows;
    take_room(live);
}

/* ---- asking ---- */

/* Of each row the largest logits alone. */
static void choose_largest(struct live *live, int64_t rows) {
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++)
        topk_row(live->V, live->logits + i * live->V, live->top,
                 live->scratch + omp_get_thread_num() * live->V,
                 live->at + i * live->top, live->largest + i * live->top);
}

int64_t live_chunk(const struct live *live, const struct batch *text, int64_t first) {
    return model_chunk(live->model, text, first);
}

struct targets live_ask(struct live *live, const struct batch *text, int64_t first,
                        int64_t count, const struct model_step *step) {
    struct targets said = {.rows = text->masked_starts[first + count] -
                                   text->masked_starts[first],
                           .tokens = text->starts[first + count] - text->starts[first],
                           .width = live->H,
                           .temperature = live->temperature,
                           .relation_heads = live->relation_heads,
                           .attended = live->W};
    make_room(live, said.rows);
    const struct model_said room = {live->states, live->logits, live->attention};
    model_teach(live->model, &live->teacher->bundle.weights, text, first, count, step,
                &room);
    said.states = live->states;
    said.attention = live->attention;
    said.logits = (struct sparse_rows){live->starts, live->at, live->logits};
    if (live->at) {
        choose_largest(live, said.rows);
        said.logits.values = live->largest;
    }
    if (live->coding)
        said.codes = coding_run(live->coding, said.rows, live->states);
    return said;
}

/* A third of forward and backward, of the layers that it has. */
double live_flops(const struct live *live, const struct batch *batch) {
    return model_flops(live->model, batch) / 3;
}

/* ---- the doors ---- */

size_t live_measure(const struct stepper_options *o) {
    const struct model_options options = options_of(o);
    struct live live = plan(o);
    bool codes = wants(o->teacher, TARGET_CODES);
    return model_measure(&options) + place(&live, NULL) +
           (codes ? coding_measure(o->teacher, o->config) : 0);
}

struct live *live_create(const struct stepper_options *o) {
    const struct model_options options = options_of(o);
    struct live *live = mem_alloc(1, sizeof *live);
    *live = plan(o);
    live->model = model_create(&options, &o->teacher->bundle.table);
    take_room(live);
    if (wants(o->teacher, TARGET_CODES))
        live->coding = coding_create(o->teacher, o->config);
    return live;
}

void live_destroy(struct live *live) {
    if (live == NULL)
        return;
    model_destroy(live->model);
    coding_destroy(live->coding);
    mem_unmap(live->block, live->bytes, 1);
    mem_free(live);
}
