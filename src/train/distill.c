/* SPDX-License-Identifier: Apache-2.0 */
/* The program of a student: one model that is trained, and beside it what a teacher
 * says of each chunk. */
#include "src/base/mem.h"
#include "src/train/live.h"
#include "src/train/program.h"

struct distill {
    struct model *student;
    struct live *teacher; /* NULL: nobody asks it, in an evaluation alone */
    int32_t *ids;         /* (T) of the batch before it was masked */
    size_t max_ids;
};

static size_t max_ids(const struct stepper_options *o) {
    return (size_t)(o->max_sequences * o->max_length);
}

static size_t distill_measure(const struct stepper_options *o) {
    return plain_program.measure(o) + (o->teacher ? live_measure(o) : 0) +
           max_ids(o) * sizeof(int32_t);
}

static void *distill_create(const struct stepper_options *o) {
    struct distill *d = mem_alloc(1, sizeof *d);
    d->student = plain_program.create(o);
    d->teacher = o->teacher ? live_create(o) : NULL;
    d->max_ids = max_ids(o);
    d->ids = mem_map(d->max_ids, sizeof *d->ids);
    return d;
}

static void distill_destroy(void *own) {
    struct distill *d = own;
    plain_program.destroy(d->student);
    live_destroy(d->teacher);
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
    model_count(((const struct distill *)own)->student, batch, counts);
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
    return model_flops(d->student, batch) + live_flops(d->teacher, batch);
}

static void distill_run(void *own, const struct program_step *step) {
    const struct distill *d = own;
    const struct batch text = batch_unmask(step->batch, d->ids);
    struct program_step taught = *step;
    for (int64_t first = 0; first < text.B;) {
        int64_t count = model_chunk(d->student, &text, first);
        const struct targets targets =
            live_ask(d->teacher, &text, first, count, &step->model);
        taught.model.targets = &targets;
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
                                        .run = distill_run,
                                        .evaluate = distill_evaluate};
