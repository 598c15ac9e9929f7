/* SPDX-License-Identifier: Apache-2.0 */
/* Reduction alone: see reduce.h. */
#include "src/bench/reduce.h"

#include <string.h>
#include <unistd.h>

#include "mpi/gather.h"
#include "mpi/reduce.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/train/program.h"

enum { WINDOWS = 5, POLLS = 1000000, PAUSE_US = 1000 };

struct trial {
    struct comm *comm;
    struct reducer *reducer;
    size_t *borders; /* (parts + 1) owned: embeddings, layers, heads */
    int parts;
    double backward, forward; /* seconds */
};

typedef double trial_fn(struct trial *trial); /* its seconds */

/* ---- parts of the model ---- */

static void find_parts(struct trial *t, const struct params_table *table,
                       int64_t layers) {
    static const char *const prefix = "bert.encoder.";
    size_t first = table->total, end = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        if (strncmp(tensor->name, prefix, strlen(prefix)) != 0)
            continue;
        first = tensor->offset < first ? tensor->offset : first;
        end = tensor->offset + tensor->count;
    }
    t->parts = (int)layers + 2;
    t->borders = mem_alloc((size_t)t->parts + 1, sizeof *t->borders);
    for (int64_t l = 0; l <= layers; l++)
        t->borders[l + 1] = first + (size_t)l * ((end - first) / (size_t)layers);
    t->borders[t->parts] = table->total;
}

static struct span part_at(const struct trial *t, int part) {
    return (struct span){t->borders[part], t->borders[part + 1] - t->borders[part]};
}

/* ---- trials ---- */

static double reduce_all(struct trial *t) {
    double start = timer_now();
    reduce_begin(t->reducer, (struct span){0, t->borders[t->parts]});
    reduce_end(t->reducer);
    return timer_now() - start;
}

static double gather_all(struct trial *t) {
    double start = timer_now();
    for (int b = reducer_shards(t->reducer)->count - 1; b >= 0; b--)
        gather_begin(t->reducer, b);
    gather_end(t->reducer);
    return timer_now() - start;
}

/* As if something were computed. */
static void pause_for(struct trial *t, double seconds) {
    for (double end = timer_now() + seconds; timer_now() < end; reduce_poll(t->reducer))
        usleep(PAUSE_US);
}

static double reduce_beside(struct trial *t) {
    reducer_seconds(t->reducer);
    for (int part = t->parts - 1; part >= 0; part--) {
        pause_for(t, t->backward / t->parts);
        reduce_begin(t->reducer, part_at(t, part));
    }
    reduce_end(t->reducer);
    return reducer_seconds(t->reducer);
}

static double gather_beside(struct trial *t) {
    reducer_seconds(t->reducer);
    for (int b = reducer_shards(t->reducer)->count - 1; b >= 0; b--)
        gather_begin(t->reducer, b);
    for (int part = 0; part < t->parts; part++) {
        gather_wait(t->reducer, part_at(t, part));
        pause_for(t, t->forward / t->parts);
    }
    gather_end(t->reducer);
    return reducer_seconds(t->reducer);
}

/* Once to warm up, then the middle of several; ranks begin together. */
static struct bench_span time_trials(struct trial *t, trial_fn *run) {
    double seconds[WINDOWS];
    run(t);
    for (int w = 0; w < WINDOWS; w++) {
        comm_barrier(t->comm);
        seconds[w] = run(t);
    }
    double own = bench_median(seconds, WINDOWS), mean = own, extremes[] = {-own, own};
    comm_sum_f64(t->comm, &mean, 1);
    comm_max_f64(t->comm, extremes, 2);
    return (struct bench_span){-extremes[0], mean / comm_size(t->comm), extremes[1]};
}

static double time_poll(struct reducer *reducer) {
    double start = timer_now();
    for (int i = 0; i < POLLS; i++)
        reduce_poll(reducer);
    return 1e9 * (timer_now() - start) / POLLS;
}

/* ---- the door ---- */

static void time_buckets(struct trial *t, double times, struct bench_reduce *r) {
    r->poll_ns = time_poll(t->reducer);
    r->buckets = time_trials(t, reduce_all);
    r->gather = time_trials(t, gather_all);
    t->backward = r->backward = times * r->blocking.most;
    t->forward = r->forward = r->backward / 2;
    r->buckets_left = time_trials(t, reduce_beside);
    r->gather_left = time_trials(t, gather_beside);
}

void bench_reduce(struct comm *comm, const struct config *config, int64_t vocab_size,
                  double times, struct bench_reduce *result) {
    struct shape shape = config_shape(config, vocab_size);
    struct params_table table = {0};
    program_of(config)->layout(&table, config, &shape);
    struct trial trial = {.comm = comm};
    find_parts(&trial, &table, shape.L);
    struct reducer_options options = {.total = table.total, .blocking = true};
    result->bytes = (double)table.total * sizeof(float);
    trial.reducer = reducer_create(comm, &options);
    result->blocking = time_trials(&trial, reduce_all);
    gather_end(trial.reducer);
    reducer_destroy(trial.reducer);
    options.blocking = false;
    options.narrow = strcmp(config->train_wire, "bf16") == 0;
    trial.reducer = reducer_create(comm, &options);
    time_buckets(&trial, times, result);
    gather_end(trial.reducer);
    reducer_destroy(trial.reducer);
    mem_free(trial.borders);
    params_table_fini(&table);
}
