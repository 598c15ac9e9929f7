/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a step with generator and discriminator has the losses, hits and norm that one
 * process finds for the whole batch, whoever has which share: so the same tokens are
 * drawn everywhere.  The discriminator gets what the generator drew and nothing else:
 * losses and gradients are those of two passes by hand.  Weights count as they are
 * told.  Memory is what the plan says.  A run that was cut into pieces anywhere ends
 * with the bits of one that was not. */
#include "src/train/program.h"

#include <math.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/kernels/vec.h"
#include "src/model/generator.h"
#include "src/train/step.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

enum { B = 13, V = 90, LENGTH = 24, STEPS = 3, MASK = 4 };

static struct comm *comm;

static void make_batch(struct share own, int64_t step, struct batch *batch) {
    batch_clear(batch);
    for (int64_t b = own.first; b < own.first + own.count; b++) {
        int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)b, (uint64_t)step);
        struct example e = {.length = 6 + (int32_t)b % 12,
                            .split = 3,
                            .next = NEXT_NONE,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, V);
            if (i % 5 != 2 || b == 4) /* of sequence 4 nothing is masked */
                continue;
            positions[e.masked] = i;
            labels[e.masked++] = ids[i];
            ids[i] = MASK;
        }
        batch_add(batch, &e, (struct origin){(uint32_t)b, (uint64_t)step});
    }
}

/* ---- by one process ---- */

/* Sums of losses of the whole batch, and its gradient, by the program without a step
 * around it. */
static struct model_sums by_one(const struct stepper_options *o, void *models,
                                const struct params *weights, const struct batch *all,
                                struct params *grads) {
    struct model_sums sums = {0};
    struct program_step step = {
        .batch = all, .weights = weights, .grads = grads, .sums = &sums};
    uint64_t counts[OBJECTIVES];
    o->program->count(models, all, counts);
    for (int i = 0; i < OBJECTIVES; i++)
        if (counts[i])
            step.model.scale[i] = config_weight(o->config, i) / (double)counts[i];
    o->program->run(models, &step);
    return sums;
}

/* The models of a program, one after the other, by hand. */
struct two {
    struct model *generator, *discriminator;
};

static struct two two_create(const struct stepper_options *o) {
    struct model_options g = program_model_options(o), d = g;
    g.shape = config_generator(o->config, &o->shape);
    g.objectives = OBJECTIVE_SET(MLM);
    g.prefix = GENERATOR_PREFIX;
    g.dropout_seed = ~g.dropout_seed;
    g.draws = true;
    g.max_tokens = d.max_tokens = B * LENGTH;
    d.objectives = OBJECTIVE_SET(RTD);
    return (struct two){model_create(&g, o->table), model_create(&d, o->table)};
}

static struct model_sums by_hand(const struct two *two, const struct params *weights,
                                 const struct batch *all, double weight,
                                 struct params *grads) {
    struct model_sums of_generator = {0}, sums = {0};
    const struct model_step step = {
        .scale = {[OBJECTIVE_MLM] = 1 / (double)all->M,
                  [OBJECTIVE_RTD] = weight / (double)all->T}};
    struct batch replaced = *all;
    int32_t ids[B * LENGTH];
    model_train(two->generator, weights, grads, all, 0, B, &step, &of_generator);
    memcpy(ids, all->ids, (size_t)all->T * sizeof *ids);
    for (int64_t m = 0; m < all->M; m++)
        ids[all->masked[m]] = model_drawn(two->generator)[m];
    replaced.ids = ids;
    model_train(two->discriminator, weights, grads, &replaced, 0, B, &step, &sums);
    sums.of[OBJECTIVE_MLM] = of_generator.of[OBJECTIVE_MLM];
    return sums;
}

static double norm_of(const struct params *grads) {
    return sqrt(vec_sum_squares((int64_t)grads->table->total, grads->data));
}

static bool same_sums(const struct model_sums *a, const struct model_sums *b) {
    bool same = a->tokens == b->tokens && a->sequences == b->sequences;
    for (int i = 0; i < OBJECTIVES; i++)
        same = same && a->of[i].count == b->of[i].count &&
               a->of[i].correct == b->of[i].correct &&
               fabs(a->of[i].loss - b->of[i].loss) <= 1e-5 * a->of[i].loss;
    return same;
}

static void test_by_hand(const struct stepper_options *o, const char *name) {
    struct params weights, once, twice;
    struct batch all;
    struct two two = two_create(o);
    void *models = o->program->create(o);
    params_init(&weights, o->table);
    params_init(&once, o->table);
    params_init(&twice, o->table);
    model_init(&weights, 5, 0.1);
    batch_init(&all, B, LENGTH);
    make_batch((struct share){0, B}, 1, &all);
    struct model_sums a = by_one(o, models, &weights, &all, &once);
    struct model_sums b =
        by_hand(&two, &weights, &all, config_weight(o->config, OBJECTIVE_RTD), &twice);
    ok(same_sums(&a, &b), "%s: losses %g and %g are those of two passes", name,
       a.of[OBJECTIVE_MLM].loss, a.of[OBJECTIVE_RTD].loss);
    for (size_t j = 0; j < o->table->total; j++)
        twice.data[j] -= once.data[j];
    ok(norm_of(&twice) < 1e-5 * norm_of(&once), "%s: and so are gradients (%g)", name,
       norm_of(&twice) / norm_of(&once));
    struct model_sums asked = {0};
    o->program->evaluate(models, &weights, &all, 0, 2, &asked);
    is_int(asked.of[OBJECTIVE_RTD].count, all.starts[2], "%s: all tokens are judged",
           name);
    is_int(asked.tokens, all.starts[2], "%s: and counted once", name);
    o->program->destroy(models);
    model_destroy(two.generator);
    model_destroy(two.discriminator);
    batch_fini(&all);
    params_fini(&weights);
    params_fini(&once);
    params_fini(&twice);
}

/* ---- by ranks ---- */

static void test_steps(const struct stepper_options *o, const char *name) {
    struct params grads;
    struct batch share, all;
    struct stepper *stepper = stepper_create(o, comm);
    void *one = o->program->create(o);
    batch_init(&share, B, LENGTH);
    batch_init(&all, B, LENGTH);
    model_init(stepper_weights(stepper), 5, 0.1);
    comm_barrier(comm);
    for (int64_t step = 1; step <= STEPS; step++) {
        struct step_report r;
        struct err err = {0};
        params_init(&grads, o->table);
        make_batch((struct share){0, B}, step, &all);
        make_batch(partition(B, comm_rank(comm), comm_size(comm)), step, &share);
        const struct step_input input = {.batch = &share};
        struct model_sums s = by_one(o, one, stepper_weights(stepper), &all, &grads);
        double mlm = s.of[OBJECTIVE_MLM].loss / (double)all.M;
        double rtd = s.of[OBJECTIVE_RTD].loss / (double)all.T;
        double loss = mlm + config_weight(o->config, OBJECTIVE_RTD) * rtd;
        is_int(stepper_run(stepper, step, &input, &r, &err), 0, "%s: step %d", name,
               (int)step);
        ok(fabs(r.of[OBJECTIVE_MLM].loss - mlm) < 1e-5 &&
               fabs(r.of[OBJECTIVE_RTD].loss - rtd) < 1e-5 &&
               fabs(r.loss - loss) < 1e-4,
           "  losses %.6f %.6f, together %.6f; by one rank %.6f %.6f, %.6f",
           r.of[OBJECTIVE_MLM].loss, r.of[OBJECTIVE_RTD].loss, r.loss, mlm, rtd, loss);
        ok(fabs(r.of[OBJECTIVE_RTD].accuracy * (double)all.T -
                (double)s.of[OBJECTIVE_RTD].correct) < 0.5,
           "  the same tokens are found out");
        ok(fabs(r.grad_norm - norm_of(&grads)) < 1e-5 * r.grad_norm, "  norm %.6f",
           r.grad_norm);
        params_fini(&grads);
    }
    o->program->destroy(one);
    stepper_destroy(stepper);
    batch_fini(&share);
    batch_fini(&all);
}

static void test_memory(const struct stepper_options *o) {
    size_t before = mem_mapped(), planned = o->program->measure(o);
    void *models = o->program->create(o);
    is_int((int64_t)(mem_mapped() - before), (int64_t)planned, "memory as planned");
    o->program->destroy(models);
}

/* ---- a whole run ---- */

static void test_pieces(void) {
    static const char *const ends[] = {"0", "1", "4", "6"};
    struct smallrun run;
    char whole[1100], last[1100] = "";
    smallrun_init(&run, comm, "electra");
    smallrun_set(&run, "train.objectives", "mlm,rtd");
    smallrun_set(&run, "model.kind", "electra");
    smallrun_set(&run, "generator.size", "0.5");
    smallrun_set(&run, "train.schedule_steps", "6");
    smallrun_set(&run, "checkpoint.every_steps", NULL);
    smallrun_enter(&run, "whole");
    smallrun_train(&run, whole);
    smallrun_enter(&run, "pieces");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        smallrun_set(&run, "train.steps", ends[i]);
        smallrun_train(&run, last);
    }
    is_int((int64_t)strlen(whole), 32, "a run of two models ends: %s", whole);
    is_str(last, whole, "in pieces as in one");
    smallrun_fini(&run);
}

/* ---- */

static void configure(struct config *config, bool tied) {
    static const char *const settings[][2] = {{"model.kind", "electra"},
                                              {"model.layers", "2"},
                                              {"model.hidden", "32"},
                                              {"model.embedding_size", "20"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "48"},
                                              {"generator.size", "0.5"},
                                              {"generator.layers", "1"},
                                              {"weight.rtd", "20"},
                                              {"train.objectives", "mlm,rtd"},
                                              {"train.warmup_steps", "0"},
                                              {"train.chunk_tokens", "32"},
                                              {"train.sequence_length", "24"},
                                              {"train.learning_rate", "0.01"}};
    struct err err = {0};
    config_init(config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        ok(config_set(config, settings[i][0], settings[i][1], "test", &err) == 0, "%s",
           settings[i][0]);
    config_set(config, "generator.tied", tied ? "true" : "false", "test", &err);
}

/* With or without embeddings of the generator's own, and dropout. */
static void test_program(const char *name, bool tied, const char *dropout) {
    struct config config;
    struct params_table table = {0};
    configure(&config, tied);
    config_set(&config, "model.hidden_dropout", dropout, "test", NULL);
    const struct program *program = program_of(&config);
    struct shape shape = config_shape(&config, V);
    program->layout(&table, &config, &shape);
    ok((params_find(&table, "generator.bert.embeddings.LayerNorm.bias") == NULL) ==
           tied,
       "%s: whose the embeddings are", name);
    ok(params_find(&table, "generator.bert.embeddings_project.weight") &&
           params_find(&table, "generator.cls.predictions.bias") &&
           !params_find(&table, "cls.predictions.bias"),
       "%s: masks are the generator's", name);
    const struct stepper_options options = {.config = &config,
                                            .shape = shape,
                                            .table = &table,
                                            .max_sequences = B,
                                            .max_length = LENGTH,
                                            .program = program};
    test_memory(&options);
    test_by_hand(&options, name);
    test_steps(&options, name);
    params_table_fini(&table);
    config_fini(&config);
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) != 0);
    test_program("tied", true, "0");
    test_program("untied", false, "0");
    test_program("dropout", true, "0.1");
    test_pieces();
    comm_destroy(comm);
    return tap_done();
}
