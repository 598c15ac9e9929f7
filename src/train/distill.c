/* SPDX-License-Identifier: Apache-2.0 */
/* The program of a student: one model that is trained, and beside it what a teacher
 * says of each chunk.  Either the teacher is asked chunk by chunk, or what it said of
 * the whole batch is had from elsewhere before the step begins. */
#include "src/base/mem.h"
#include "src/train/live.h"
#include "src/train/program.h"
#include "src/train/pupil.h"
#include "src/train/recall.h"

/* None of live, recall and pupil: nobody teaches, as in an evaluation, where a step is
 * measured alone, or before a run becomes its own teacher. */
struct distill {
    struct model *student;
    struct live *live;     /* a teacher that is asked */
    struct recall *recall; /* what one said, out of a cache */
    struct pupil *pupil;   /* or says on other ranks; borrowed */
    struct lesson lesson;  /* of the batch */
    double temperature;    /* of its logits, and heads of its relations */
    int64_t relation_heads;
    int32_t *ids; /* (T) of the batch before it was masked */
    size_t max_ids;
};

static size_t max_ids(const struct stepper_options *o) {
    return (size_t)(o->max_sequences * o->max_length);
}

/* A lesson of a batch, and those that came ahead. */
static size_t measure_pupil(const struct stepper_options *o) {
    const struct lesson_shape shape = teacher_shape(o->teacher);
    const struct lesson_counts counts =
        teacher_expect(o->teacher, o->config, (double)o->max_sequences);
    double bytes = lesson_foretell(&shape, &counts);
    return (size_t)bytes + pupil_measure((size_t)bytes);
}

static size_t measure_source(const struct stepper_options *o) {
    if (o->teacher == NULL)
        return 0;
    if (o->teacher->cache)
        return recall_measure(o);
    return o->teacher->pupil ? measure_pupil(o) : live_measure(o);
}

static size_t distill_measure(const struct stepper_options *o) {
    return plain_program.measure(o) + measure_source(o) + max_ids(o) * sizeof(int32_t);
}

static void create_source(struct distill *d, const struct stepper_options *o) {
    if (o->teacher == NULL)
        return;
    if (o->teacher->cache)
        d->recall = recall_create(o);
    else if (o->teacher->pupil)
        d->pupil = o->teacher->pupil;
    else
        d->live = live_create(o);
    d->lesson.shape = teacher_shape(o->teacher);
    d->temperature = o->config->teacher_temperature;
    d->relation_heads = o->teacher->relation_heads;
}

static bool is_taught(const struct distill *d) {
    return d->live || d->recall || d->pupil;
}

static void *distill_create(const struct stepper_options *o) {
    struct distill *d = mem_alloc(1, sizeof *d);
    d->student = plain_program.create(o);
    create_source(d, o);
    d->max_ids = max_ids(o);
    d->ids = mem_map(d->max_ids, sizeof *d->ids);
    return d;
}

static void distill_destroy(void *own) {
    struct distill *d = own;
    plain_program.destroy(d->student);
    live_destroy(d->live);
    recall_destroy(d->recall);
    lesson_fini(&d->lesson);
    mem_unmap(d->ids, d->max_ids, sizeof *d->ids);
    mem_free(d);
}

static void distill_layout(struct params_table *table, const struct config *config,
                           const struct shape *shape) {
    plain_program.layout(table, config, shape);
}

static struct model *distill_model(void *own) {
    return ((struct distill *)own)->student;
}

static void distill_count(const void *own, const struct batch *batch,
                          uint64_t counts[OBJECTIVES]) {
    const struct distill *d = own;
    model_count(d->student, batch, counts);
    for (int i = 0; i < OBJECTIVES && !is_taught(d); i++)
        if (objectives_taught(i))
            counts[i] = 0;
}

static void distill_evaluate(void *own, const struct params *weights,
                             const struct batch *batch, int64_t first, int64_t count,
                             struct model_sums *sums) {
    plain_program.evaluate(((struct distill *)own)->student, weights, batch, first,
                           count, sums);
}

/* The forward pass of the teacher counts, too: it is what the step needs. */
static double distill_flops(const void *own, const struct batch *batch) {
    const struct distill *d = own;
    double flops = model_flops(d->student, batch);
    return d->live ? flops + live_flops(d->live, batch) : flops;
}

static int distill_prepare(void *own, const struct batch *batch, struct err *err) {
    struct distill *d = own;
    if (d->live || !is_taught(d))
        return 0;
    const struct batch text = batch_unmask(batch, d->ids);
    lesson_clear(&d->lesson);
    return d->recall ? recall_fetch(d->recall, &text, &d->lesson, err)
                     : pupil_fetch(d->pupil, &text, &d->lesson, err);
}

/* What is said of sequences first … first+count-1. */
static struct targets ask(const struct distill *d, const struct batch *text,
                          int64_t first, int64_t count, const struct model_step *step) {
    if (d->live)
        return live_ask(d->live, text, first, count, step);
    struct targets all = lesson_tell(&d->lesson, 0, text->B);
    all.temperature = d->temperature;
    all.relation_heads = d->relation_heads;
    return targets_of(&all, text, first, count);
}

static void distill_run(void *own, const struct program_step *step) {
    const struct distill *d = own;
    const struct batch text = batch_unmask(step->batch, d->ids);
    struct program_step taught = *step;
    bool has = is_taught(d);
    for (int64_t first = 0; first < text.B;) {
        int64_t count = model_chunk(d->student, &text, first);
        const struct targets targets =
            has ? ask(d, &text, first, count, &step->model) : (struct targets){0};
        taught.model.targets = has ? &targets : NULL;
        first += program_train(d->student, &taught, first);
    }
}

const struct program distill_program = {.suits = teacher_wanted,
                                        .layout = distill_layout,
                                        .measure = distill_measure,
                                        .create = distill_create,
                                        .destroy = distill_destroy,
                                        .model = distill_model,
                                        .count = distill_count,
                                        .flops = distill_flops,
                                        .prepare = distill_prepare,
                                        .run = distill_run,
                                        .evaluate = distill_evaluate};
