/* SPDX-License-Identifier: Apache-2.0 */
/* The mover: see mover.h.  A rank moves its shard of the weights only, and has moments
 * of that alone.
 *
 * Gradients are cleared here, and nowhere else: each bucket as soon as it has been
 * used, while it is in the cache.  The optimizer clears what it moves in the same pass
 * over memory, the rest of the bucket is cleared after it. */
#include "src/train/mover.h"

#include <math.h>
#include <string.h>

#include "mpi/gather.h"
#include "src/base/mem.h"
#include "src/kernels/squares.h"
#include "src/kernels/vec.h"
#include "src/model/nonfinite.h"
#include "src/optim/clip.h"
#include "src/optim/optimizers.h"

struct mover {
    const struct params_table *table;
    struct comm *comm;
    struct reducer *reducer;
    const struct shards *shards; /* the reducer's */
    float *grads, *weights;      /* (table.total) the reducer's */
    const struct optimizer *optimizer;
    struct optim_options options;
    struct moments moments;
    bool frozen;                /* some tensors stay as they are */
    double (*sums)[OPTIM_SUMS]; /* (table.count) owned */
    float *scratch;             /* owned; what the optimizer asks for */
    size_t scratch_size;
    double clip_norm;
    struct schedule schedule;
};

struct schedule mover_schedule(const struct config *c, int64_t steps) {
    int64_t total =
        c->train_schedule_steps == CONFIG_UNSET ? steps : c->train_schedule_steps;
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
                                  .weight_decay = c->train_weight_decay,
                                  .momentum = c->train_momentum};
}

static size_t scratch_of(const struct optimizer *optimizer,
                         const struct params_table *table) {
    return optimizer->scratch ? optimizer->scratch(table) : 0;
}

static bool has_frozen(const struct params_table *table) {
    for (int i = 0; i < table->count; i++)
        if (table->tensors[i].rate == 0)
            return true;
    return false;
}

struct mover *mover_create(const struct config *config,
                           const struct params_table *table, struct comm *comm,
                           struct reducer *reducer) {
    struct mover *m = mem_alloc(1, sizeof *m);
    m->table = table;
    m->comm = comm;
    m->reducer = reducer;
    m->shards = reducer_shards(reducer);
    m->grads = reducer_gradients(reducer);
    m->weights = reducer_weights(reducer);
    m->optimizer = optimizers_find(config->train_optimizer);
    m->options = optim_options_of(config, m->optimizer);
    moments_plan(&m->moments, m->optimizer, table, m->shards, comm_rank(comm));
    moments_make(&m->moments);
    m->frozen = has_frozen(table);
    m->sums = mem_alloc((size_t)table->count, sizeof *m->sums);
    m->scratch_size = scratch_of(m->optimizer, table);
    if (m->scratch_size > 0)
        m->scratch = mem_map(m->scratch_size, sizeof *m->scratch);
    m->clip_norm = config->train_clip_norm;
    m->schedule = mover_schedule(config, config->train_steps);
    return m;
}

struct span_list mover_whole(const struct config *config,
                             const struct params_table *table) {
    return optim_whole(optimizers_find(config->train_optimizer), table);
}

size_t mover_bytes(const struct mover *m) {
    return moments_bytes(&m->moments) + m->scratch_size * sizeof *m->scratch;
}

/* Of what is copied to be saved.  Weights that are saved alone have shares of their
 * own. */
static size_t saved_bytes(const struct moments *moments, const struct config *config,
                          const struct params_table *table, const struct comm *comm) {
    const struct moments none = {0};
    bool beside = config_saves_beside(config);
    size_t copied = moments_saved_bytes(moments, table, comm, false);
    size_t weights = moments_saved_bytes(moments, table, comm, true) - copied;
    size_t alone = moments_saved_bytes(&none, table, comm, true);
    if (!beside)
        return copied;
    bool both = config->checkpoint_snapshots && !config->checkpoint_snapshot_moments;
    return copied + (both && alone > weights ? alone : weights);
}

struct mover_memory mover_measure(const struct config *config,
                                  const struct params_table *table,
                                  const struct comm *comm) {
    const struct optimizer *optimizer = optimizers_find(config->train_optimizer);
    struct span_list whole = optim_whole(optimizer, table);
    struct shards shards;
    struct moments moments;
    shards_init(&shards, table->total, comm_size(comm), 0, &whole);
    moments_plan(&moments, optimizer, table, &shards, comm_rank(comm));
    const struct mover_memory memory = {
        .state = moments_bytes(&moments) + scratch_of(optimizer, table) * sizeof(float),
        .saved = saved_bytes(&moments, config, table, comm)};
    moments_fini(&moments);
    shards_fini(&shards);
    mem_free(whole.items);
    return memory;
}

const struct shards *mover_shards(const struct mover *m) { return m->shards; }
struct moments *mover_moments(struct mover *m) {
    return &m->moments;
}

/* This rank's slice of a bucket. */
static struct span own_slice(const struct mover *m, int bucket) {
    return shards_slice(m->shards, bucket, comm_rank(m->comm));
}

/* What is frozen has no gradient. */
static void clear_frozen(struct mover *m, struct span own) {
    size_t end = own.offset + own.count, at = own.offset, next;
    for (int i = params_at(m->table, at); at < end; at = next, i++) {
        const struct tensor *t = &m->table->tensors[i];
        next = t->offset + t->count < end ? t->offset + t->count : end;
        if (t->rate == 0)
            vec_zero((int64_t)(next - at), m->grads + at);
    }
}

/* In order of buckets. */
double mover_sum_squares(struct mover *m) {
    double sum = 0;
    for (int b = 0; b < m->shards->count; b++) {
        struct span own = own_slice(m, b);
        if (m->frozen)
            clear_frozen(m, own);
        sum += vec_sum_squares((int64_t)own.count, m->grads + own.offset);
    }
    return sum;
}

/* The largest gradient of all ranks, which the unit of their squares follows from. */
static double find_largest(struct mover *m) {
    double largest = 0;
    for (int b = 0; b < m->shards->count; b++) {
        struct span own = own_slice(m, b);
        if (m->frozen)
            clear_frozen(m, own);
        double here = squares_largest((int64_t)own.count, m->grads + own.offset);
        largest = here > largest ? here : largest;
    }
    comm_max_f64(m->comm, &largest, 1);
    return largest;
}

double mover_exact_squares(struct mover *m) {
    uint64_t parts[SQUARES_PARTS] = {0};
    double largest = find_largest(m);
    if (!isfinite(largest))
        return NAN;
    for (int b = 0; b < m->shards->count; b++) {
        struct span own = own_slice(m, b);
        squares_add((int64_t)own.count, m->grads + own.offset, largest, parts);
    }
    comm_sum_u64(m->comm, parts, SQUARES_PARTS);
    return squares_value(parts, largest);
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

/* This rank's slice of a bucket, with its moments. */
static struct optim_part run_of(const struct mover *m, int bucket) {
    struct span own = own_slice(m, bucket);
    struct optim_part run = {.span = own,
                             .grads = m->grads + own.offset,
                             .weights = m->weights + own.offset,
                             .sums = m->sums,
                             .scratch = m->scratch};
    for (int i = 0; i < m->moments.count; i++)
        run.moments[i] = moments_at(&m->moments.of[i], bucket, comm_rank(m->comm));
    return run;
}

/* The sums that the optimizer needs of each tensor, over all ranks. */
static void measure(struct mover *m, const struct optim_step *step) {
    size_t count = (size_t)m->table->count;
    memset(m->sums, 0, count * sizeof *m->sums);
    for (int b = 0; b < m->shards->count; b++) {
        const struct optim_part run = run_of(m, b);
        m->optimizer->measure(&m->options, step, m->table, &run);
    }
    comm_sum_f64(m->comm, m->sums[0], count * OPTIM_SUMS);
}

void mover_move(struct mover *m, int64_t number, double grad_norm) {
    const struct optim_step step = {.number = number,
                                    .rate = mover_rate(m, number),
                                    .grad_norm = grad_norm,
                                    .grad_scale = clip_scale(grad_norm, m->clip_norm)};
    if (m->optimizer->unit == OPTIM_TENSOR)
        measure(m, &step);
    /* what is read first goes first */
    for (int b = m->shards->count - 1; b >= 0; b--) {
        const struct optim_part run = run_of(m, b);
        m->optimizer->update(&m->options, &step, m->table, &run);
        gather_begin(m->reducer, b);
        clear_others(m, m->shards->buckets[b], run.span);
    }
}

void mover_skip(struct mover *m) { vec_zero((int64_t)m->table->total, m->grads); }

void mover_count_nonfinite(const struct mover *m, uint64_t *counts) {
    for (int b = 0; b < m->shards->count; b++) {
        struct span own = own_slice(m, b);
        nonfinite_count(m->table, own, m->grads + own.offset, counts);
    }
}

void mover_destroy(struct mover *m) {
    if (m == NULL)
        return;
    moments_fini(&m->moments);
    mem_unmap(m->scratch, m->scratch_size, sizeof *m->scratch);
    mem_free(m->sums);
    mem_free(m);
}
