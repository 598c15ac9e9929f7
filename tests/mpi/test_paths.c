/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: fifty steps with dropout must lose what the reference path loses, OpenBLAS
 * with plain loops, one thread and the blocking reduction, to 1e-5, whichever products,
 * instruction set, threads and reduction a run has; of what differs in threads or in
 * overlap alone the weights are the same bits. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/kernels/gemm.h"
#include "src/model/bert.h"
#include "src/train/program.h"
#include "src/train/step.h"
#include "tests/tap.h"

enum { B = 12, V = 200, LENGTH = 40, STEPS = 50 };

static const struct path {
    const char *name;
    enum isa isa;
    enum gemm_backend backend;
    int threads;
    const char *reduction;
    int same_as; /* an earlier row with the same bits, or -1 */
} paths[] = {
    {"the reference", ISA_BASELINE, GEMM_OPENBLAS, 1, "blocking", -1},
    {"OpenBLAS, AVX2", ISA_AVX2, GEMM_OPENBLAS, 1, "overlap", -1},
    {"OpenBLAS, AVX-512", ISA_AVX512, GEMM_OPENBLAS, 1, "overlap", -1},
    {"AVX2", ISA_AVX2, GEMM_AUTO, 1, "overlap", -1},
    {"AVX2, 3 threads", ISA_AVX2, GEMM_AUTO, 3, "overlap", 3},
    {"AVX-512, blocking", ISA_AVX512, GEMM_AUTO, 1, "blocking", -1},
    {"AVX-512", ISA_AVX512, GEMM_AUTO, 1, "overlap", -1},
    {"AVX-512 again", ISA_AVX512, GEMM_AUTO, 1, "overlap", 6},
    {"AVX-512, 2 threads", ISA_AVX512, GEMM_AUTO, 2, "overlap", 6},
    {"AVX-512, 3 threads", ISA_AVX512, GEMM_AUTO, 3, "overlap", 6},
};

enum { PATHS = sizeof paths / sizeof *paths };

static void make_batch(struct share own, int64_t step, struct batch *batch) {
    int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH];
    batch_clear(batch);
    for (int64_t b = own.first; b < own.first + own.count; b++) {
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)b, (uint64_t)step);
        int32_t n = 10 + 2 * (int32_t)b;
        struct example e = {.length = n,
                            .split = n / 2,
                            .next = (int)(b % 2),
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
        for (int32_t i = 0; i < n; i++) {
            ids[i] = (int32_t)rng_below(&rng, V);
            if (i % 6 == 3) {
                positions[e.masked] = i;
                labels[e.masked++] = ids[i];
            }
        }
        batch_add(batch, &e, (struct origin){(uint32_t)b, (uint64_t)step});
    }
}

static void setup(struct config *config, const struct path *path) {
    static const char *const settings[][2] = {{"model.layers", "2"},
                                              {"model.hidden", "48"},
                                              {"model.heads", "3"},
                                              {"model.ffn", "160"},
                                              {"train.warmup_steps", "5"},
                                              {"train.chunk_tokens", "150"},
                                              {"train.sequence_length", "40"},
                                              {"train.learning_rate", "0.001"}};
    struct err err;
    config_init(config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (config_set(config, settings[i][0], settings[i][1], "test", &err) < 0)
            ok(false, "%s", err.text);
    config_set(config, "train.reduction", path->reduction, "test", &err);
    omp_set_num_threads(path->threads);
    dispatch_limit(path->isa);
    gemm_use(path->backend);
}

/* Losses (STEPS) and the weights in the end, owned. */
static float *run(struct comm *comm, const struct path *path, double *losses) {
    struct config config;
    struct params_table table = {0};
    struct batch batch;
    setup(&config, path);
    struct shape shape = config_shape(&config, V);
    model_layout(&table, &shape, OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP));
    struct stepper_options options = {.config = &config,
                                      .shape = shape,
                                      .table = &table,
                                      .max_sequences = B,
                                      .max_length = LENGTH,
                                      .program = &plain_program};
    struct stepper *stepper = stepper_create(&options, comm);
    model_init(stepper_weights(stepper), 3, 0.05);
    comm_barrier(comm);
    batch_init(&batch, B, LENGTH);
    for (int64_t step = 1; step <= STEPS; step++) {
        struct step_report r;
        struct err err = {0};
        make_batch(partition(B, comm_rank(comm), comm_size(comm)), step, &batch);
        struct step_input input = {.batch = &batch};
        if (stepper_run(stepper, step, &input, &r, &err) < 0)
            ok(false, "%s", err.text);
        losses[step - 1] = r.loss;
    }
    float *weights =
        mem_copy(stepper_weights(stepper)->data, table.total * sizeof *weights);
    losses[STEPS] = (double)table.total;
    stepper_destroy(stepper);
    batch_fini(&batch);
    params_table_fini(&table);
    config_fini(&config);
    return weights;
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    double losses[PATHS][STEPS + 1];
    float *weights[PATHS];
    tap_quiet(comm_rank(comm) != 0);
    for (int p = 0; p < PATHS; p++) {
        double worst = 0;
        weights[p] = NULL;
        if (paths[p].threads > 1 && comm_size(comm) > 2)
            continue; /* more threads than tests may count on having cores for */
        weights[p] = run(comm, &paths[p], losses[p]);
        for (int i = 0; i < STEPS; i++)
            worst = fmax(worst, fabs(losses[p][i] / losses[0][i] - 1));
        ok(worst < 1e-5, "%s: losses within %.1e of the reference's", paths[p].name,
           worst);
        if (paths[p].same_as >= 0)
            ok(memcmp(weights[p], weights[paths[p].same_as],
                      (size_t)losses[p][STEPS] * sizeof(float)) == 0,
               "  and the weights to the bit of: %s", paths[paths[p].same_as].name);
    }
    ok(losses[0][STEPS - 1] < 0.9 * losses[0][0], "loss falls from %.3f to %.3f",
       losses[0][0], losses[0][STEPS - 1]);
    for (int p = 0; p < PATHS; p++)
        mem_free(weights[p]);
    comm_destroy(comm);
    return tap_done();
}
