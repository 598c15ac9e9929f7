/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a program may take a second model into a step.  A frozen one that only
 * watches, with weights of its own and cut at a layer, is given the batch unmasked;
 * its states must be, bit for bit, those that inference has of the same text by a model
 * of just these layers.  The model that is trained must not notice, to the last bit of
 * weights, losses and norms.  Memory must be what the plan says, and that of the frozen
 * model what one layer takes.
 *
 * Two that are trained, in one table and with the same embeddings, must have the losses
 * and the norm that one process finds for the whole batch. */
#include "src/train/program.h"

#include <math.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/kernels/vec.h"
#include "src/train/step.h"
#include "tests/tap.h"

enum { B = 13, V = 90, LENGTH = 24, STEPS = 3, MASK = 4, CUT = 1 };

/* Of other sizes than the model that is trained. */
static const struct shape frozen_shape = {.L = 4,
                                          .H = 24,
                                          .E = 24,
                                          .A = 3,
                                          .D = 8,
                                          .F = 40,
                                          .V = V,
                                          .P = LENGTH,
                                          .S = 2,
                                          .norm_eps = 1e-12};

/* Its weights, and its states (T,H) of this rank's share, a step after the other. */
static struct {
    struct params_table table;
    struct params weights;
    float *states;
    size_t count; /* floats */
} frozen;

/* A share of the batch of a step, as training has it or as it was before. */
static void make_batch(struct share own, int64_t step, bool mask, struct batch *batch) {
    batch_clear(batch);
    for (int64_t b = own.first; b < own.first + own.count; b++) {
        int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)b, (uint64_t)step);
        struct example e = {.length = 6 + (int32_t)b % 12,
                            .split = 3,
                            .next = (int)(b % 2),
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, V);
            if (!mask || i % 5 != 2 || b == 4) /* of sequence 4 nothing is masked */
                continue;
            positions[e.masked] = i;
            labels[e.masked++] = ids[i];
            ids[i] = MASK;
        }
        batch_add(batch, &e, (struct origin){(uint32_t)b, (uint64_t)step});
    }
}

/* ---- a program with a model that watches ---- */

struct watch {
    struct model *model, *frozen;
    int32_t *ids; /* (T) */
};

static struct model_options frozen_options(const struct stepper_options *o) {
    return (struct model_options){.shape = frozen_shape,
                                  .max_tokens = o->config->train_chunk_tokens,
                                  .max_sequences = o->max_sequences,
                                  .max_length = o->max_length,
                                  .forward_only = true,
                                  .cut = CUT};
}

static size_t watch_measure(const struct stepper_options *o) {
    const struct model_options options = frozen_options(o);
    return plain_program.measure(o) + model_measure(&options);
}

static void *watch_create(const struct stepper_options *o) {
    const struct model_options options = frozen_options(o);
    struct watch *w = mem_alloc(1, sizeof *w);
    w->model = plain_program.create(o);
    w->frozen = model_create(&options, &frozen.table);
    w->ids = mem_alloc((size_t)(o->max_sequences * o->max_length), sizeof *w->ids);
    return w;
}

static void watch_destroy(void *own) {
    struct watch *w = own;
    plain_program.destroy(w->model);
    model_destroy(w->frozen);
    mem_free(w->ids);
    mem_free(w);
}

static struct model *watch_model(void *own) { return ((struct watch *)own)->model; }

static void watch_count(const void *own, const struct batch *batch,
                        uint64_t counts[OBJECTIVES]) {
    model_count(((const struct watch *)own)->model, batch, counts);
}

static double watch_flops(const void *own, const struct batch *batch) {
    return model_flops(((const struct watch *)own)->model, batch);
}

static void watch_run(void *own, const struct program_step *step) {
    const struct watch *w = own;
    const struct batch text = batch_unmask(step->batch, w->ids);
    for (int64_t first = 0, n; first < text.B; first += n) {
        float *states =
            frozen.states + frozen.count + text.starts[first] * frozen_shape.H;
        n = model_chunk(w->model, &text, first);
        model_predict(w->frozen, &frozen.weights, &text, first, n, NULL, states, NULL);
        program_train(w->model, step, first);
    }
    frozen.count += (size_t)(text.T * frozen_shape.H);
}

static const struct program watch_program = {.layout = NULL, /* the plain one's */
                                             .measure = watch_measure,
                                             .create = watch_create,
                                             .destroy = watch_destroy,
                                             .model = watch_model,
                                             .count = watch_count,
                                             .flops = watch_flops,
                                             .run = watch_run};

/* ---- what it comes to ---- */

/* What is left of training. */
struct outcome {
    float *weights; /* owned */
    double loss[STEPS], norm[STEPS];
};

static struct outcome train(struct comm *comm, const struct stepper_options *o) {
    struct outcome out = {0};
    struct stepper *stepper = stepper_create(o, comm);
    struct batch batch;
    batch_init(&batch, B, LENGTH);
    model_init(stepper_weights(stepper), 5, 0.1);
    comm_barrier(comm);
    for (int64_t step = 1; step <= STEPS; step++) {
        struct step_report r;
        struct err err = {0};
        make_batch(partition(B, comm_rank(comm), comm_size(comm)), step, true, &batch);
        const struct step_input input = {.batch = &batch};
        is_int(stepper_run(stepper, step, &input, &r, &err), 0, "step %d", (int)step);
        out.loss[step - 1] = r.loss;
        out.norm[step - 1] = r.grad_norm;
    }
    out.weights =
        mem_copy(stepper_weights(stepper)->data, o->table->total * sizeof(float));
    stepper_destroy(stepper);
    batch_fini(&batch);
    return out;
}

static void test_unmoved(struct comm *comm, const struct stepper_options *plain,
                         const struct stepper_options *watched) {
    struct outcome alone = train(comm, plain), beside = train(comm, watched);
    for (int i = 0; i < STEPS; i++)
        ok(alone.loss[i] == beside.loss[i] && alone.norm[i] == beside.norm[i],
           "step %d: loss %.9g and norm %.9g of training alone", i + 1, alone.loss[i],
           alone.norm[i]);
    ok(memcmp(alone.weights, beside.weights, plain->table->total * sizeof(float)) == 0,
       "the weights of training alone");
    mem_free(alone.weights);
    mem_free(beside.weights);
}

/* The layers below the cut as a model of their own: a table begins with them. */
static struct model *model_below(struct params_table *table) {
    struct model_options options = {.shape = frozen_shape,
                                    .max_tokens = B * LENGTH,
                                    .max_sequences = B,
                                    .max_length = LENGTH};
    options.shape.L -= CUT;
    model_layout(table, &options.shape, 0);
    return model_create(&options, table);
}

static void test_states(struct comm *comm) {
    struct params_table table = {0};
    struct model *below = model_below(&table);
    struct params weights = {&table, frozen.weights.data};
    struct batch text;
    const float *states = frozen.states;
    float want[B * LENGTH * 24];
    batch_init(&text, B, LENGTH);
    for (int64_t step = 1; step <= STEPS; step++) {
        make_batch(partition(B, comm_rank(comm), comm_size(comm)), step, false, &text);
        model_predict(below, &weights, &text, 0, text.B, NULL, want, NULL);
        size_t count = (size_t)(text.T * frozen_shape.H);
        ok(memcmp(states, want, count * sizeof *want) == 0,
           "step %d: the states of inference, %g …", (int)step, (double)want[0]);
        states += count;
    }
    ok(states == frozen.states + frozen.count, "and no others");
    batch_fini(&text);
    model_destroy(below);
    params_table_fini(&table);
}

static void test_memory(struct comm *comm, const struct stepper_options *plain,
                        const struct stepper_options *watched) {
    struct model_options one = frozen_options(watched), all = one;
    one.shape.L = 1 + CUT;
    size_t more = stepper_measure(watched, comm).activations -
                  stepper_measure(plain, comm).activations;
    is_int((int64_t)more, (int64_t)model_measure(&one), "what one layer takes");
    all.forward_only = false;
    all.cut = 0;
    ok(more < model_measure(&all), "less than %zu, to be trained", model_measure(&all));
    is_int((int64_t)stepper_measure(watched, comm).state,
           (int64_t)stepper_measure(plain, comm).state, "no gradients, no moments");
    size_t before = mem_mapped();
    struct stepper *stepper = stepper_create(plain, comm);
    size_t alone = mem_mapped() - before;
    stepper_destroy(stepper);
    stepper = stepper_create(watched, comm);
    is_int((int64_t)(mem_mapped() - before), (int64_t)(alone + more), "as planned");
    stepper_destroy(stepper);
}

/* ---- a program with two that are trained ---- */

/* The first looks at pairs, the second at masked rows. */
struct twins {
    struct model *first, *second;
};

#define SECOND "second."
enum { FIRST_SET = OBJECTIVE_SET(NSP), SECOND_SET = OBJECTIVE_SET(MLM) };

/* Narrower than the first, whose embeddings it reads by a projection of its own. */
static struct shape second_shape(const struct shape *first) {
    struct shape shape = *first;
    shape.L = 1;
    shape.H = 20;
    shape.D = 10;
    shape.F = 24;
    return shape;
}

static void twins_layout(struct params_table *table, const struct config *config,
                         const struct shape *shape) {
    struct shape second = second_shape(shape);
    (void)config;
    model_layout(table, shape, FIRST_SET);
    model_layout_beside(table, SECOND, false, &second, SECOND_SET);
}

static struct model_options first_options(const struct stepper_options *o) {
    struct model_options options = program_model_options(o);
    options.objectives = FIRST_SET;
    return options;
}

static struct model_options second_options(const struct stepper_options *o) {
    struct model_options options = program_model_options(o);
    options.shape = second_shape(&o->shape);
    options.objectives = SECOND_SET;
    options.prefix = SECOND;
    options.dropout_seed++;
    return options;
}

static size_t twins_measure(const struct stepper_options *o) {
    const struct model_options first = first_options(o), second = second_options(o);
    return model_measure(&first) + model_measure(&second);
}

static void *twins_create(const struct stepper_options *o) {
    const struct model_options first = first_options(o), second = second_options(o);
    struct twins *t = mem_alloc(1, sizeof *t);
    t->first = model_create(&first, o->table);
    t->second = model_create(&second, o->table);
    return t;
}

static void twins_destroy(void *own) {
    struct twins *t = own;
    model_destroy(t->first);
    model_destroy(t->second);
    mem_free(t);
}

static struct model *twins_model(void *own) { return ((struct twins *)own)->first; }

static void twins_count(const void *own, const struct batch *batch,
                        uint64_t counts[OBJECTIVES]) {
    const struct twins *t = own;
    uint64_t more[OBJECTIVES];
    model_count(t->first, batch, counts);
    model_count(t->second, batch, more);
    for (int i = 0; i < OBJECTIVES; i++)
        counts[i] += more[i];
}

static double twins_flops(const void *own, const struct batch *batch) {
    const struct twins *t = own;
    return model_flops(t->first, batch) + model_flops(t->second, batch);
}

/* The step's own calls, on behalf of the second model: what lies before it, the
 * embeddings, is not final when it is done with them. */
struct before {
    const struct model_step *step;
    size_t begin; /* of the second model */
};

static void before_ready(struct span span, void *context) {
    const struct before *b = context;
    if (span.offset >= b->begin)
        b->step->on_ready(span, b->step->context);
}

static void before_need(struct span span, void *context) {
    const struct before *b = context;
    b->step->need(span, b->step->context);
}

static void before_poll(void *context) {
    const struct before *b = context;
    b->step->poll(b->step->context);
}

/* It lies last in the table: its gradients go first. */
static void twins_run(void *own, const struct program_step *step) {
    const struct twins *t = own;
    struct program_step of_second = *step;
    struct before before = {&step->model, params_find(step->grads->table, SECOND
                                                      "bert.embeddings_project.weight")
                                              ->offset};
    of_second.model.on_ready = before_ready;
    of_second.model.need = before_need;
    of_second.model.poll = before_poll;
    of_second.model.context = &before;
    for (int64_t first = 0; first < step->batch->B;) {
        program_train(t->second, &of_second, first);
        first += program_train(t->first, step, first);
    }
}

static const struct program twins_program = {.layout = twins_layout,
                                             .measure = twins_measure,
                                             .create = twins_create,
                                             .destroy = twins_destroy,
                                             .model = twins_model,
                                             .count = twins_count,
                                             .flops = twins_flops,
                                             .run = twins_run};

/* The loss of the whole batch and the norm of its gradient, by this process. */
static double by_one(struct twins *t, const struct params *weights,
                     const struct batch *all, double *norm) {
    struct params grads;
    struct model_sums sums = {0};
    struct model_step step = {.scale[OBJECTIVE_MLM] = 1.0 / (double)all->M,
                              .scale[OBJECTIVE_NSP] = 1.0 / B};
    params_init(&grads, weights->table);
    for (int64_t first = 0, n; first < B; first += n) {
        n = model_chunk(t->first, all, first);
        model_train(t->first, weights, &grads, all, first, n, &step, &sums);
        model_train(t->second, weights, &grads, all, first, n, &step, &sums);
    }
    *norm = sqrt(vec_sum_squares((int64_t)weights->table->total, grads.data));
    params_fini(&grads);
    return sums.of[OBJECTIVE_MLM].loss / (double)all->M +
           sums.of[OBJECTIVE_NSP].loss / B;
}

static void test_twins(struct comm *comm, struct stepper_options options) {
    struct params_table table = {0};
    struct batch share, all;
    options.program = &twins_program;
    options.table = &table;
    twins_layout(&table, options.config, &options.shape);
    struct stepper *stepper = stepper_create(&options, comm);
    struct twins *one = twins_create(&options);
    batch_init(&share, B, LENGTH);
    batch_init(&all, B, LENGTH);
    model_init(stepper_weights(stepper), 5, 0.1);
    comm_barrier(comm);
    for (int64_t step = 1; step <= STEPS; step++) {
        struct step_report r;
        struct err err = {0};
        double norm;
        make_batch((struct share){0, B}, step, true, &all);
        make_batch(partition(B, comm_rank(comm), comm_size(comm)), step, true, &share);
        const struct step_input input = {.batch = &share};
        double loss = by_one(one, stepper_weights(stepper), &all, &norm);
        is_int(stepper_run(stepper, step, &input, &r, &err), 0, "twins: step %d",
               (int)step);
        ok(fabs(r.loss - loss) < 1e-5 && fabs(r.grad_norm - norm) < 1e-5 * norm,
           "loss %.6f, norm %.6f; by one rank %.6f, %.6f", r.loss, r.grad_norm, loss,
           norm);
        is_int((int64_t)r.of[OBJECTIVE_MLM].count, all.M, "masked rows");
        is_int((int64_t)r.of[OBJECTIVE_NSP].count, B, "pairs");
    }
    twins_destroy(one);
    stepper_destroy(stepper);
    batch_fini(&share);
    batch_fini(&all);
    params_table_fini(&table);
}

static void setup(struct config *config) {
    static const char *const settings[][2] = {{"model.layers", "2"},
                                              {"model.hidden", "16"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "32"},
                                              {"train.warmup_steps", "0"},
                                              {"train.chunk_tokens", "32"},
                                              {"train.sequence_length", "24"},
                                              {"train.learning_rate", "0.01"}};
    struct err err;
    config_init(config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        ok(config_set(config, settings[i][0], settings[i][1], "test", &err) == 0, "%s",
           settings[i][0]);
    model_layout(&frozen.table, &frozen_shape, OBJECTIVE_SET(MLM));
    params_init(&frozen.weights, &frozen.table);
    model_init(&frozen.weights, 9, 0.3);
    frozen.states = mem_alloc(STEPS * B * LENGTH * 24, sizeof *frozen.states);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    struct config config;
    struct params_table table = {0};
    tap_quiet(comm_rank(comm) != 0);
    setup(&config);
    const struct program *program = program_of(&config);
    ok(program == &plain_program, "a run is plain unless it asks for more");
    struct shape shape = config_shape(&config, V);
    program->layout(&table, &config, &shape);
    struct stepper_options plain = {.config = &config,
                                    .shape = shape,
                                    .table = &table,
                                    .max_sequences = B,
                                    .max_length = LENGTH,
                                    .program = program};
    struct stepper_options watched = {.config = &config,
                                      .shape = shape,
                                      .table = &table,
                                      .max_sequences = B,
                                      .max_length = LENGTH,
                                      .program = &watch_program};
    test_memory(comm, &plain, &watched);
    test_unmoved(comm, &plain, &watched);
    test_states(comm);
    test_twins(comm, plain);
    params_fini(&frozen.weights);
    params_table_fini(&frozen.table);
    mem_free(frozen.states);
    params_table_fini(&table);
    config_fini(&config);
    comm_destroy(comm);
    return tap_done();
}
