/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the same twelve sequences, of unequal lengths and numbers of masks, split over
 * any number of ranks, must give the losses, norms and weights of one rank within
 * rounding: means are over the global batch.  What is frozen stays to the bit, and is
 * no part of the norm.  A fault of one rank's loader must reach
 * all. */
#include "src/train/step.h"

#include <math.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/timer.h"
#include "src/kernels/vec.h"
#include "src/model/bert.h"
#include "src/optim/clip.h"
#include "src/optim/optimizers.h"
#include "src/optim/schedule.h"
#include "src/train/mover.h"
#include "src/train/program.h"
#include "tests/tap.h"

enum { B = 12, V = 90, LENGTH = 24, STEPS = 3 };

static void make_batch(struct share own, int64_t step, struct batch *batch) {
    int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
    batch_clear(batch);
    for (int64_t b = own.first; b < own.first + own.count; b++) {
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)b, (uint64_t)step);
        int32_t n = 6 + (int32_t)b;
        struct example e = {.length = n,
                            .split = n / 2,
                            .next = (int)(b % 2),
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        for (int32_t i = 0; i < n; i++) {
            ids[i] = (int32_t)rng_below(&rng, V);
            if (i % 5 == 2 && b != 4) { /* sequence 4 has no masked token at all */
                positions[e.masked] = i;
                labels[e.masked++] = (int32_t)rng_below(&rng, V);
            }
        }
        batch_add(batch, &e, (struct origin){(uint32_t)b, (uint64_t)step});
    }
}

static void setup(struct config *config, struct params_table *table,
                  struct shape *shape) {
    static const char *const settings[][2] = {{"model.layers", "2"},
                                              {"model.hidden", "16"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "32"},
                                              {"train.warmup_steps", "0"},
                                              {"train.chunk_tokens", "32"},
                                              {"train.sequence_length", "24"},
                                              {"train.learning_rate", "0.01"},
                                              {"model.hidden_dropout", "0"},
                                              {"model.attention_dropout", "0"}};
    struct err err;
    config_init(config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        ok(config_set(config, settings[i][0], settings[i][1], "test", &err) == 0, "%s",
           settings[i][0]);
    *shape = config_shape(config, V);
    *table = (struct params_table){0};
    model_layout(table, shape, OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP));
}

static bool near(double a, double b) { return fabs(a - b) <= 1e-5 * (1 + fabs(b)); }

/* The step in its plainest form, on this rank alone: all sequences at once, no
 * reduction. */
struct plain {
    struct model *model;
    struct params weights, grads, moments[OPTIM_MOMENTS];
};

static void plain_init(struct plain *p, const struct params_table *table,
                       const struct shape *shape) {
    struct model_options options = {.shape = *shape,
                                    .objectives =
                                        OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP),
                                    .max_tokens = B * LENGTH,
                                    .max_sequences = B,
                                    .max_length = LENGTH};
    p->model = model_create(&options, table);
    params_init(&p->weights, table);
    params_init(&p->grads, table);
    for (int i = 0; i < OPTIM_MOMENTS; i++)
        params_init(&p->moments[i], table);
    model_init(&p->weights, 5, 0.02);
}

static void plain_fini(struct plain *p) {
    model_destroy(p->model);
    params_fini(&p->weights);
    params_fini(&p->grads);
    for (int i = 0; i < OPTIM_MOMENTS; i++)
        params_fini(&p->moments[i]);
}

/* What is frozen has no gradient. */
static void plain_freeze(struct plain *p) {
    for (int i = 0; i < p->grads.table->count; i++) {
        const struct tensor *t = &p->grads.table->tensors[i];
        if (t->rate == 0)
            memset(p->grads.data + t->offset, 0, t->count * sizeof(float));
    }
}

/* The loss; *norm gets the gradient's. */
static double plain_step(struct plain *p, const struct config *config, int64_t k,
                         const struct batch *batch, double *norm) {
    struct model_sums sums = {0};
    struct model_step step = {.scale[OBJECTIVE_MLM] = 1.0 / (double)batch->M,
                              .scale[OBJECTIVE_NSP] = 1.0 / B};
    memset(p->grads.data, 0, p->grads.table->total * sizeof(float));
    model_train(p->model, &p->weights, &p->grads, batch, 0, batch->B, &step, &sums);
    plain_freeze(p);
    *norm = sqrt(vec_sum_squares((int64_t)p->grads.table->total, p->grads.data));
    const struct optimizer *rule = optimizers_find(config->train_optimizer);
    struct optim_options optim = {0.9, 0.999, rule->epsilon, 0.01, 0.95};
    struct schedule schedule = {.name = "linear",
                                .rate = config->train_learning_rate,
                                .total_steps = config->train_steps};
    const struct params_table *table = p->grads.table;
    double(*sums_of)[OPTIM_SUMS] = mem_alloc((size_t)table->count, sizeof *sums_of);
    struct optim_part all = {.span = {0, table->total},
                             .grads = p->grads.data,
                             .weights = p->weights.data,
                             .sums = sums_of};
    for (int i = 0; i < OPTIM_MOMENTS; i++)
        all.moments[i] = p->moments[i].data;
    all.scratch = mem_alloc(rule->scratch ? rule->scratch(table) : 1, sizeof(float));
    const struct optim_step move = {.number = k,
                                    .rate = schedule_rate(&schedule, k),
                                    .grad_norm = *norm,
                                    .grad_scale = clip_scale(*norm, 1.0)};
    if (rule->measure)
        rule->measure(&optim, &move, table, &all);
    rule->update(&optim, &move, table, &all);
    mem_free(sums_of);
    mem_free(all.scratch);
    return sums.of[OBJECTIVE_MLM].loss / (double)batch->M +
           sums.of[OBJECTIVE_NSP].loss / B;
}

static bool is_where_it_was(const struct params *weights) {
    struct params first;
    bool same = true;
    params_init(&first, weights->table);
    model_init(&first, 5, 0.02);
    for (int i = 0; i < weights->table->count; i++) {
        const struct tensor *t = &weights->table->tensors[i];
        if (t->rate == 0)
            same &= memcmp(weights->data + t->offset, first.data + t->offset,
                           t->count * sizeof(float)) == 0;
    }
    params_fini(&first);
    return same;
}

static void test_split(struct comm *comm, const struct config *config,
                       const struct params_table *table, const struct shape *shape) {
    struct share own = partition(B, comm_rank(comm), comm_size(comm)), all = {0, B};
    struct stepper_options options = {.config = config,
                                      .shape = *shape,
                                      .table = table,
                                      .max_sequences = B,
                                      .max_length = LENGTH,
                                      .program = &plain_program};
    struct stepper *stepper = stepper_create(&options, comm);
    struct plain plain;
    struct batch share, whole;
    struct err err = {0};
    batch_init(&share, B, LENGTH);
    batch_init(&whole, B, LENGTH);
    plain_init(&plain, table, shape);
    model_init(stepper_weights(stepper), 5, 0.02);
    for (int64_t k = 1; k <= STEPS; k++) {
        struct step_report r;
        double norm;
        make_batch(own, k, &share);
        make_batch(all, k, &whole);
        double loss = plain_step(&plain, config, k, &whole, &norm);
        struct step_input input = {
            .batch = &share, .hash = (uint64_t)own.count, .waited = 2};
        double start = timer_now();
        int rc = stepper_run(stepper, k, &input, &r, &err);
        double took = timer_now() - start;
        comm_max_f64(comm, &took, 1);
        is_int(rc, 0, "step %d", (int)k);
        ok(near(r.loss, loss), "loss %.7f, by one rank %.7f", r.loss, loss);
        ok(near(r.grad_norm, norm), "norm %.7f, by one rank %.7f", r.grad_norm, norm);
        is_int((int64_t)r.of[OBJECTIVE_MLM].count, whole.M, "masked rows of all ranks");
        is_int((int64_t)r.batch_hash, B, "shares of the hash add up");
        ok(near(r.waited, 2) || (r.waited > 2 && r.waited < 2 + took),
           "all ranks waited 2 s, and within the step: the mean is %g", r.waited);
    }
    double worst = 0;
    for (size_t i = 0; i < table->total; i++)
        worst = fmax(worst,
                     fabs(stepper_weights(stepper)->data[i] - plain.weights.data[i]));
    ok(worst < 1e-4, "weights within 1e-4 of one rank's after %s: %g",
       config->train_optimizer, worst);
    ok(is_where_it_was(stepper_weights(stepper)), "and what is frozen is as it was");
    stepper_destroy(stepper);
    plain_fini(&plain);
    batch_fini(&share);
    batch_fini(&whole);
}

/* Not near: what is planned is what is taken. */
static void test_memory(struct comm *comm, const struct config *config,
                        const struct params_table *table, const struct shape *shape) {
    for (int64_t sequences = 1; sequences <= 64; sequences *= 8) {
        struct stepper_options options = {.config = config,
                                          .shape = *shape,
                                          .table = table,
                                          .max_sequences = sequences,
                                          .max_length = LENGTH,
                                          .program = &plain_program};
        struct stepper_memory plan = stepper_measure(&options, comm);
        size_t before = mem_mapped();
        struct stepper *stepper = stepper_create(&options, comm);
        size_t own = comm_size(comm) == 1 ? plan.state : /* else ranks share it */
                         mover_bytes(stepper_mover(stepper));
        is_int((int64_t)(mem_mapped() - before), (int64_t)(own + plan.activations),
               "bytes for %d sequences", (int)sequences);
        is_int((int64_t)stepper_state_bytes(stepper), (int64_t)plan.state,
               "  and of state");
        stepper_destroy(stepper);
        ok(mem_mapped() == before, "and all of them come back");
    }
}

static void test_fault(struct comm *comm, const struct config *config,
                       const struct params_table *table, const struct shape *shape) {
    int last = comm_size(comm) - 1;
    struct stepper_options options = {.config = config,
                                      .shape = *shape,
                                      .table = table,
                                      .max_sequences = B,
                                      .max_length = LENGTH,
                                      .program = &plain_program};
    struct stepper *stepper = stepper_create(&options, comm);
    struct step_report r;
    struct batch batch;
    struct err err = {0};
    batch_init(&batch, B, LENGTH);
    make_batch(partition(B, comm_rank(comm), comm_size(comm)), 1, &batch);
    int own = comm_rank(comm) == last ? err_set(&err, ERR_IO, "shard gone") : 0;
    struct step_input input = {.batch = &batch, .data_rc = own};
    is_int(stepper_run(stepper, 1, &input, &r, &err), -1, "all ranks stop");
    is_int(err.code, ERR_IO, "with the code of the one that failed");
    ok(strstr(err.text, "shard gone") != NULL, "and its words: %s", err.text);
    float *weights = stepper_weights(stepper)->data;
    weights[0] = NAN; /* what a diverged run has */
    err = (struct err){0};
    input.data_rc = 0;
    is_int(stepper_run(stepper, 1, &input, &r, &err), -1, "a loss of NaN stops");
    is_int(err.code, ERR_INTERNAL, "with 70");
    stepper_destroy(stepper);
    batch_fini(&batch);
}

/* The embeddings and a layer stay, the other layer moves half as fast. */
static void freeze(struct params_table *table) {
    for (int i = 0; i < table->count; i++) {
        struct tensor *t = &table->tensors[i];
        if (strstr(t->name, "embeddings") || strstr(t->name, ".layer.0."))
            t->rate = 0;
        else if (strstr(t->name, ".layer.1."))
            t->rate = 0.5f;
    }
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    struct config config;
    struct params_table table;
    struct shape shape;
    tap_quiet(comm_rank(comm) != 0);
    setup(&config, &table, &shape);
    static const char *const optimizers[] = {"adamw", "lamb_albert", "lamb_ltg",
                                             "lamb_nvidia", "muon"};
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        config_set(&config, "train.optimizer", optimizers[i], "test", &err);
        test_memory(comm, &config, &table, &shape);
        test_split(comm, &config, &table, &shape);
    }
    test_fault(comm, &config, &table, &shape);
    freeze(&table);
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        config_set(&config, "train.optimizer", optimizers[i], "test", &err);
        test_split(comm, &config, &table, &shape);
    }
    params_table_fini(&table);
    config_fini(&config);
    comm_destroy(comm);
    return tap_done();
}
