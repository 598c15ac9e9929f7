/* SPDX-License-Identifier: Apache-2.0 */
/* The plain program: one model, trained on all objectives of the run. */
#include "src/train/program.h"

static void plain_layout(struct params_table *table, const struct config *config,
                         const struct shape *shape) {
    model_layout(table, shape, config_objectives(config));
}

static size_t plain_measure(const struct stepper_options *options) {
    const struct model_options model = program_model_options(options);
    return model_measure(&model);
}

static void *plain_create(const struct stepper_options *options) {
    const struct model_options model = program_model_options(options);
    return model_create(&model, options->table);
}

static void plain_destroy(void *own) { model_destroy(own); }

static struct model *plain_model(void *own) { return own; }

static void plain_count(const void *own, const struct batch *batch,
                        uint64_t counts[OBJECTIVES]) {
    model_count(own, batch, counts);
}

static double plain_flops(const void *own, const struct batch *batch) {
    return model_flops(own, batch);
}

static void plain_run(void *own, const struct program_step *step) {
    for (int64_t first = 0; first < step->batch->B;)
        first += program_train(own, step, first);
}

static void plain_evaluate(void *own, const struct params *weights,
                           const struct batch *batch, int64_t first, int64_t count,
                           struct model_sums *sums) {
    model_evaluate(own, weights, batch, first, count, sums);
}

const struct program plain_program = {.layout = plain_layout,
                                      .measure = plain_measure,
                                      .create = plain_create,
                                      .destroy = plain_destroy,
                                      .model = plain_model,
                                      .count = plain_count,
                                      .flops = plain_flops,
                                      .run = plain_run,
                                      .evaluate = plain_evaluate};
