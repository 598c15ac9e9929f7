/* SPDX-License-Identifier: Apache-2.0 */
/* The step by the clock: see step.h.  Windows of some steps, the middle one
 * counts; the stages are those of all windows together.  The peak is measured before
 * and after them, because machines change speed. */
#include "src/bench/step.h"

#include <omp.h>

#include "mpi/partition.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/bench/peak.h"
#include "src/model/bert.h"
#include "src/train/program.h"
#include "src/train/rounded.h"
#include "src/train/step.h"

/* B sequences, shared out evenly over the rank's lanes. */
static void random_batch(const struct config *config, int64_t V, const int32_t *lengths,
                         int64_t B, const struct comm *comm, struct batch *batch) {
    struct share lanes =
        partition(config->train_lanes, comm_rank(comm), comm_size(comm));
    int64_t most = config->train_sequence_length;
    int32_t *ids = mem_alloc((size_t)most, sizeof *ids);
    int32_t *positions = mem_alloc((size_t)most, sizeof *positions);
    int32_t *labels = mem_alloc((size_t)most, sizeof *labels);
    struct rng rng;
    rng_init(&rng, 0, RNG_BENCH, (uint64_t)comm_rank(comm), 0);
    batch_init(batch, B, most);
    for (int64_t b = 0; b < B; b++) {
        struct example e = {.length = lengths[b],
                            .split = lengths[b] / 2,
                            .next = (int)(b % 2),
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        double masks = config->data_mask_prob * lengths[b];
        for (int32_t i = 0; i < e.length; i++) {
            ids[i] = (int32_t)rng_below(&rng, (uint64_t)V);
            /* spread evenly: as many as round(mask_prob · length) */
            if ((int32_t)((i + 1) * masks / e.length + .5) > e.masked) {
                positions[e.masked] = i;
                labels[e.masked++] = ids[i];
            }
        }
        int64_t lane = lanes.first + b * lanes.count / B;
        batch_add(batch, &e, (struct origin){(uint32_t)lane, (uint64_t)b});
    }
    mem_free(ids);
    mem_free(positions);
    mem_free(labels);
}

struct window {
    double seconds, tokens, useful, executed;
};

/* Steps of about a second together; *step counts on. */
static struct window run_window(struct comm *comm, struct stepper *stepper,
                                const struct batch *batch, int64_t steps,
                                int64_t *step) {
    struct window w = {0};
    struct step_report report;
    struct err err;
    comm_barrier(comm);
    const struct step_input input = {.batch = batch};
    double start = timer_now();
    for (int64_t i = 0; i < steps; i++) {
        stepper_run(stepper, ++*step, &input, &report, &err);
        w.tokens += (double)report.tokens;
        w.useful += report.useful_flops;
    }
    w.seconds = timer_now() - start;
    comm_max_f64(comm, &w.seconds, 1);
    return w;
}

/* ---- stages ---- */

/* What happened since *before, over ranks.  Time that a rank's threads spent in no
 * stage is what is missing to the wall's. */
static void sum_stages(struct comm *comm, const struct stage_totals *before,
                       double wall, int64_t steps, struct bench_step *r) {
    struct stage_totals now;
    double ranks = comm_size(comm), threads = omp_get_max_threads(), rest = wall;
    double sums[2 * STAGES_COUNT], extremes[2 * STAGES_COUNT];
    stage_read(&now);
    for (int i = STAGES_COUNT - 1; i >= 0; i--) {
        double own =
            i == STAGE_NONE ? rest : (now.seconds[i] - before->seconds[i]) / threads;
        rest -= own;
        sums[i] = extremes[i] = own / (double)steps;
        extremes[STAGES_COUNT + i] = -sums[i];
        sums[STAGES_COUNT + i] = (now.flops[i] - before->flops[i]) / (double)steps;
    }
    comm_sum_f64(comm, sums, 2 * STAGES_COUNT);
    comm_max_f64(comm, extremes, 2 * STAGES_COUNT);
    r->executed_gflops = 0;
    for (int i = 0; i < STAGES_COUNT; i++) {
        double flops = sums[STAGES_COUNT + i], mean = sums[i] / ranks;
        r->stages[i] =
            (struct bench_stage){-extremes[STAGES_COUNT + i], mean, extremes[i],
                                 flops > 0 ? 1e-9 * flops / mean : 0};
        r->executed_gflops += 1e-9 * flops; /* of a step, until conclude */
    }
    r->mean_seconds = wall / (double)steps;
}

/* ---- the benchmark ---- */

static void conclude(const struct window *windows, int n, int64_t steps,
                     struct bench_step *r) {
    double *tokens = mem_alloc(3 * (size_t)n, sizeof *tokens);
    double *useful = tokens + n, *seconds = useful + n;
    for (int w = 0; w < n; w++) {
        tokens[w] = windows[w].tokens / windows[w].seconds;
        useful[w] = 1e-9 * windows[w].useful / windows[w].seconds;
        seconds[w] = windows[w].seconds / (double)steps;
    }
    r->tokens_per_s = bench_median(tokens, n);
    r->useful_gflops = bench_median(useful, n);
    r->step_seconds = bench_median(seconds, n);
    r->executed_gflops /= r->step_seconds; /* every step does the same */
    r->percent_of_peak = 100 * r->executed_gflops / r->fma_peak_gflops;
    mem_free(tokens);
}

typedef double peak_fn(struct comm *comm);

/* All windows, between two measurements of the peak. */
static void run_windows(struct comm *comm, struct stepper *stepper,
                        const struct batch *batch, int count, peak_fn *peak,
                        struct bench_step *r) {
    struct window *windows = mem_alloc((size_t)count, sizeof *windows);
    struct stage_totals before;
    int64_t step = 0;
    run_window(comm, stepper, batch, 1, &step); /* first touch */
    double one = run_window(comm, stepper, batch, 1, &step).seconds, wall = 0;
    int64_t steps = one < 1 ? (int64_t)(1 / one) + 1 : 1;
    comm_broadcast(comm, &steps, sizeof steps, 0);
    double peak_before = peak(comm);
    stage_read(&before);
    for (int w = 0; w < count; w++) {
        windows[w] = run_window(comm, stepper, batch, steps, &step);
        wall += windows[w].seconds;
    }
    sum_stages(comm, &before, wall, count * steps, r);
    double peak_after = peak(comm);
    r->fma_peak_gflops = peak_before > peak_after ? peak_before : peak_after;
    conclude(windows, count, steps, r);
    mem_free(windows);
}

void bench_step(struct comm *comm, const struct config *config, int64_t vocab_size,
                const int32_t *lengths, int64_t B, int windows,
                struct bench_step *result) {
    struct shape shape = config_shape(config, vocab_size);
    struct params_table table = {0};
    struct batch batch;
    const struct program *program = program_of(config);
    program->layout(&table, config, &shape);
    random_batch(config, vocab_size, lengths, B, comm, &batch);
    struct stepper_options options = {.config = config,
                                      .shape = shape,
                                      .table = &table,
                                      .max_sequences = B,
                                      .max_length = config->train_sequence_length,
                                      .program = program};
    struct stepper *stepper = stepper_create(&options, comm);
    model_init(stepper_weights(stepper), 0, config->model_init_range);
    run_windows(comm, stepper, &batch, windows,
                rounded_is(config) ? bench_rounded_peak : bench_fma_peak, result);
    result->activation_bytes = (double)stepper_measure(&options, comm).activations;
    result->state_bytes = (double)stepper_state_bytes(stepper) / (double)table.total;
    stepper_destroy(stepper);
    batch_fini(&batch);
    params_table_fini(&table);
}
