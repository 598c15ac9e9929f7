/* SPDX-License-Identifier: Apache-2.0 */
/* Reduction alone: see bench_reduce.h. */
#include "src/train/bench_reduce.h"

#include <string.h>

#include "mpi/gather.h"
#include "mpi/reduce.h"
#include "src/base/timer.h"
#include "src/model/bert.h"
#include "src/train/bench.h"

enum { WINDOWS = 7, POLLS = 1000000 };

typedef void trial_fn(struct reducer *reducer);

static void reduce_all(struct reducer *reducer) {
    reduce_begin(reducer, (struct span){0, reducer_shards(reducer)->total});
    reduce_end(reducer);
}

static void gather_all(struct reducer *reducer) {
    for (int b = reducer_shards(reducer)->count - 1; b >= 0; b--)
        gather_begin(reducer, b);
    gather_end(reducer);
}

/* Once to warm up, then the middle of several; ranks begin together. */
static struct bench_span time_trials(struct comm *comm, struct reducer *reducer,
                                     trial_fn *trial) {
    double seconds[WINDOWS];
    for (int w = -1; w < WINDOWS; w++) {
        comm_barrier(comm);
        double start = timer_now();
        trial(reducer);
        if (w >= 0)
            seconds[w] = timer_now() - start;
    }
    double own = bench_median(seconds, WINDOWS), mean = own, extremes[] = {-own, own};
    comm_sum_f64(comm, &mean, 1);
    comm_max_f64(comm, extremes, 2);
    return (struct bench_span){-extremes[0], mean / comm_size(comm), extremes[1]};
}

static double time_poll(struct reducer *reducer) {
    double start = timer_now();
    for (int i = 0; i < POLLS; i++)
        reduce_poll(reducer);
    return 1e9 * (timer_now() - start) / POLLS;
}

void bench_reduce(struct comm *comm, const struct config *config, int64_t vocab_size,
                  struct bench_reduce *result) {
    struct shape shape = config_shape(config, vocab_size);
    struct params_table table = {0};
    model_layout(&table, &shape, config_pairs(config));
    struct reducer_options options = {.total = table.total,
                                      .narrow = strcmp(config->train_wire, "bf16") == 0};
    struct reducer *reducer = reducer_create(comm, &options);
    result->bytes = (double)table.total * sizeof(float);
    result->poll_ns = time_poll(reducer);
    result->buckets = time_trials(comm, reducer, reduce_all);
    result->gather = time_trials(comm, reducer, gather_all);
    reducer_destroy(reducer);
    options.blocking = true;
    reducer = reducer_create(comm, &options);
    result->blocking = time_trials(comm, reducer, reduce_all);
    reducer_destroy(reducer);
    params_table_fini(&table);
}
