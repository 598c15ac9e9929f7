/* SPDX-License-Identifier: Apache-2.0 */
/* The mover: see mover.h.  A rank moves its shard of the weights only, and has moments
 * of that alone.
 *
 * Gradients are cleared here, and nowhere else: each bucket as soon as it has been
 * used, while it is in the cache.  The optimizer clears what it moves in the same pass
 * over memory, the rest of the bucket is cleared after it. */
#include "src/train/mover.h"

#include <math.h>

#include "mpi/gather.h"
#include "src/base/mem.h"
#include "src/kernels/vec.h"
#include "src/optim/clip.h"
#include "src/optim/optim.h"

enum { MOMENTS = 2 };

struct mover {
    const struct params_table *table;
    struct reducer *reducer;
    const struct shards *shards; /* the reducer's */
    int rank;
    float *grads, *weights;  /* (table.total) the reducer's */
    size_t shard;            /* elements of this rank's shard */
    float *moments[MOMENTS]; /* (shard) each, owned */
    const struct optimizer *optimizer;
    struct optim_options options;
    double clip_norm;
    struct schedule schedule;
};

struct schedule mover_schedule(const struct config *c) {
    int64_t total = c->train_schedule_steps == CONFIG_UNSET ? c->train_steps
                                                            : c->train_schedule_steps;
    int64_t falling = c->train_decay_steps == CONFIG_UNSET
                          ? (total - c->train_warmup_steps + 9) / 10
                          : c->train_decay_steps;
    return (struct schedule){.name = c->train_schedule,
                             .rate = c->train_learning_rate,
                             .warmup_steps = c->train_warmup_steps,
                             .total_steps = total,
                             .final = c->train_final_rate,
                             .power = c->train_power,
                             .decay_steps = falling};
}

static struct optim_options optim_options_of(const struct config *c,
                                             const struct optimizer *optimizer) {
    bool given = !isnan(c->train_epsilon);
    return (struct optim_options){.beta1 = c->train_beta1,
                                  .beta2 = c->train_beta2,
                                  .epsilon =
                                      given ? c->train_epsilon : optimizer->epsilon,
                                  .weight_decay = c->train_weight_decay};
}

static float *make_moment(size_t shard) {
    float *moment = mem_map(shard, sizeof *moment);
    vec_zero((int64_t)shard, moment);
    return moment;
}

struct mover *mover_create(const struct config *config,
                           const struct params_table *table, struct comm *comm,
                           struct reducer *reducer) {
    struct mover *m = mem_alloc(1, sizeof *m);
    m->table = table;
    m->reducer = reducer;
    m->shards = reducer_shards(reducer);
    m->rank = comm_rank(comm);
    m->grads = reducer_gradients(reducer);
    m->weights = reducer_weights(reducer);
    m->shard = shards_size(m->shards, m->rank);
    for (int i = 0; i < MOMENTS; i++)
        m->moments[i] = make_moment(m->shard);
    m->optimizer = optim_find(config->train_optimizer);
    m->options = optim_options_of(config, m->optimizer);
    m->clip_norm = config->train_clip_norm;
    m->schedule = mover_schedule(config);
    return m;
}

static size_t bytes_of(size_t shard) { return MOMENTS * shard * sizeof(float); }

size_t mover_bytes(const struct mover *m) { return bytes_of(m->shard); }

size_t mover_measure(const struct params_table *table, const struct comm *comm) {
    struct shards shards;
    shards_init(&shards, table->total, comm_size(comm), 0);
    size_t bytes = bytes_of(shards_size(&shards, comm_rank(comm)));
    shards_fini(&shards);
    return bytes;
}

const struct shards *mover_shards(const struct mover *m) { return m->shards; }
float *mover_moment(struct mover *m, int i) { return m->moments[i]; }

/* In order of buckets. */
double mover_sum_squares(const struct mover *m) {
    double sum = 0;
    for (int b = 0; b < m->shards->count; b++) {
        struct span own = shards_slice(m->shards, b, m->rank);
        sum += vec_sum_squares((int64_t)own.count, m->grads + own.offset);
    }
    return sum;
}

double mover_rate(const struct mover *m, int64_t step) {
    return schedule_rate(&m->schedule, step);
}

/* The bucket but for this rank's slice. */
static void clear_others(struct mover *m, struct span bucket, struct span own) {
    size_t end = own.offset + own.count;
    vec_zero((int64_t)(own.offset - bucket.offset), m->grads + bucket.offset);
    vec_zero((int64_t)(bucket.offset + bucket.count - end), m->grads + end);
}

void mover_move(struct mover *m, int64_t step, double grad_norm) {
    double rate = mover_rate(m, step);
    float scale = clip_scale(grad_norm, m->clip_norm);
    size_t at = m->shard;
    for (int b = m->shards->count - 1; b >= 0;
         b--) { /* what is read first goes first */
        struct span own = shards_slice(m->shards, b, m->rank);
        at -= own.count;
        const struct optim_run run = {.span = own,
                                      .grads = m->grads + own.offset,
                                      .weights = m->weights + own.offset,
                                      .m = m->moments[0] + at,
                                      .v = m->moments[1] + at};
        m->optimizer->update(&m->options, step, rate, scale, m->table, &run);
        gather_begin(m->reducer, b);
        clear_others(m, m->shards->buckets[b], own);
    }
}

void mover_destroy(struct mover *m) {
    if (m == NULL)
        return;
    for (int i = 0; i < MOMENTS; i++)
        mem_unmap(m->moments[i], m->shard, sizeof *m->moments[i]);
    mem_free(m);
}
