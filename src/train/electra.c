/* SPDX-License-Identifier: Apache-2.0 */
/* The program of ELECTRA (Clark et al. 2020): a small generator learns to fill masked
 * tokens, and what it would put there goes to the discriminator, which learns to tell
 * of every token whether it was replaced.  No gradient goes from one to the other, but
 * for the embeddings that both read and train.  The discriminator is the run's model.
 *
 * Chunk by chunk the generator comes first: what it draws must be there for the
 * discriminator; and as it lies last in the table, its gradients go first. */
#include "src/train/program.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/model/generator.h"

struct electra {
    struct model *generator, *discriminator;
    int32_t *ids; /* (T) of a batch, with what the generator has drawn */
    size_t begin; /* of the generator in the table */
};

static bool electra_suits(const struct config *config) {
    return objectives_has(config_objectives(config), OBJECTIVE_RTD);
}

static void electra_layout(struct params_table *table, const struct config *config,
                           const struct shape *shape) {
    generator_layout(table, config, shape, config_objectives(config));
}

static struct model_options discriminator_options(const struct stepper_options *o) {
    struct model_options options = program_model_options(o);
    options.objectives &= ~generator_objectives(options.objectives);
    return options;
}

/* Its units drop out, and its words are drawn, by numbers of their own. */
static struct model_options generator_options(const struct stepper_options *o) {
    struct model_options options = program_model_options(o);
    options.shape = config_generator(o->config, &o->shape);
    options.objectives = generator_objectives(options.objectives);
    options.dropout_seed = ~options.dropout_seed;
    options.prefix = GENERATOR_PREFIX;
    options.draws = true;
    return options;
}

static size_t electra_measure(const struct stepper_options *o) {
    const struct model_options first = discriminator_options(o),
                               second = generator_options(o);
    return model_measure(&first) + model_measure(&second);
}

static void *electra_create(const struct stepper_options *o) {
    const struct model_options first = discriminator_options(o),
                               second = generator_options(o);
    struct electra *e = mem_alloc(1, sizeof *e);
    e->discriminator = model_create(&first, o->table);
    e->generator = model_create(&second, o->table);
    e->ids = mem_alloc((size_t)(o->max_sequences * o->max_length), sizeof *e->ids);
    e->begin = generator_begin(o->table);
    return e;
}

static void electra_destroy(void *own) {
    struct electra *e = own;
    model_destroy(e->discriminator);
    model_destroy(e->generator);
    mem_free(e->ids);
    mem_free(e);
}

static struct model *electra_model(void *own) {
    return ((struct electra *)own)->discriminator;
}

static void electra_count(const void *own, const struct batch *batch,
                          uint64_t counts[OBJECTIVES]) {
    const struct electra *e = own;
    uint64_t more[OBJECTIVES];
    model_count(e->discriminator, batch, counts);
    model_count(e->generator, batch, more);
    for (int i = 0; i < OBJECTIVES; i++)
        counts[i] += more[i];
}

static double electra_flops(const void *own, const struct batch *batch) {
    const struct electra *e = own;
    return model_flops(e->discriminator, batch) + model_flops(e->generator, batch);
}

/* ---- a chunk ---- */

/* The batch with the tokens of sequences first … first+count-1, which the generator has
 * just seen, replaced by those that it drew. */
static struct batch replace(const struct electra *e, const struct batch *batch,
                            int64_t first, int64_t count) {
    const int32_t *drawn = model_drawn(e->generator);
    int32_t row = batch->starts[first], end = batch->starts[first + count];
    int32_t masked = batch->masked_starts[first];
    struct batch replaced = *batch;
    memcpy(e->ids + row, batch->ids + row, (size_t)(end - row) * sizeof *e->ids);
    for (int32_t m = masked; m < batch->masked_starts[first + count]; m++)
        e->ids[batch->masked[m]] = drawn[m - masked];
    replaced.ids = e->ids;
    return replaced;
}

/* The generator's losses: its tokens are the discriminator's, and counted with them. */
static void add_losses(const struct model_sums *of_generator, struct model_sums *sums) {
    for (int i = 0; i < OBJECTIVES; i++) {
        sums->of[i].loss += of_generator->of[i].loss;
        sums->of[i].correct += of_generator->of[i].correct;
        sums->of[i].count += of_generator->of[i].count;
    }
}

/* ---- forward and back ---- */

/* The step's own calls, on behalf of the generator: embeddings of the discriminator are
 * not final when it is done with them. */
struct relay {
    const struct model_step *step;
    size_t begin; /* of the generator */
};

static void relay_ready(struct span span, void *context) {
    const struct relay *b = context;
    if (span.offset >= b->begin)
        b->step->on_ready(span, b->step->context);
}

static void relay_need(struct span span, void *context) {
    const struct relay *b = context;
    b->step->need(span, b->step->context);
}

static void relay_poll(void *context) {
    const struct relay *b = context;
    b->step->poll(b->step->context);
}

static void electra_run(void *own, const struct program_step *step) {
    struct electra *e = own;
    struct model_sums sums = {0};
    struct relay relay = {&step->model, e->begin};
    struct program_step of_generator = *step, of_discriminator = *step;
    of_generator.sums = &sums;
    of_generator.model.on_ready = step->model.on_ready ? relay_ready : NULL;
    of_generator.model.need = step->model.need ? relay_need : NULL;
    of_generator.model.poll = step->model.poll ? relay_poll : NULL;
    of_generator.model.context = &relay;
    for (int64_t first = 0, n; first < step->batch->B; first += n) {
        n = program_train(e->generator, &of_generator, first);
        const struct batch replaced = replace(e, step->batch, first, n);
        of_discriminator.batch = &replaced;
        CHECK(program_train(e->discriminator, &of_discriminator, first) == n);
    }
    add_losses(&sums, step->sums);
}

static void electra_evaluate(void *own, const struct params *weights,
                             const struct batch *batch, int64_t first, int64_t count,
                             struct model_sums *sums) {
    struct electra *e = own;
    struct model_sums of_generator = {0};
    model_evaluate(e->generator, weights, batch, first, count, &of_generator);
    const struct batch replaced = replace(e, batch, first, count);
    model_evaluate(e->discriminator, weights, &replaced, first, count, sums);
    add_losses(&of_generator, sums);
}

const struct program electra_program = {.suits = electra_suits,
                                        .layout = electra_layout,
                                        .measure = electra_measure,
                                        .create = electra_create,
                                        .destroy = electra_destroy,
                                        .model = electra_model,
                                        .count = electra_count,
                                        .flops = electra_flops,
                                        .run = electra_run,
                                        .evaluate = electra_evaluate};
