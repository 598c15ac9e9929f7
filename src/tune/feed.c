/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of a fine-tuning: see feed.h. */
#include "src/tune/feed.h"

#include "mpi/partition.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/rng.h"

/* Tokens or questions of an example at most, and two words beside a question. */
static int32_t most_rows(const struct examples *d) {
    int32_t asked = d->most_asked + (d->words ? 2 : 0);
    return d->longest > asked ? d->longest : asked;
}

void feed_init(struct tune_feed *feed, const struct examples *examples, int64_t size,
               uint64_t seed) {
    size_t most = (size_t)most_rows(examples);
    CHECK(examples->count > 0 && examples->count <= UINT32_MAX && size > 0);
    *feed = (struct tune_feed){
        .examples = examples, .seed = seed, .size = size, .epoch = -1, .ranks = 1};
    feed->order = mem_alloc((size_t)examples->count, sizeof *feed->order);
    feed->positions = mem_alloc(most, sizeof *feed->positions);
    feed->labels = mem_alloc(most, sizeof *feed->labels);
    batch_init(&feed->batch, size, (int64_t)most);
    feed->counts = mem_alloc((size_t)feed->batch.max_M, sizeof *feed->counts);
}

int64_t feed_epoch_steps(const struct tune_feed *feed) {
    return (feed->examples->count + feed->size - 1) / feed->size;
}

static void add(struct tune_feed *feed, int64_t i, uint64_t number) {
    struct example e = {.positions = feed->positions, .labels = feed->labels};
    examples_get(feed->examples, i, &e);
    batch_add(&feed->batch, &e, (struct origin){0, number});
}

static void shuffle(struct tune_feed *feed, int64_t epoch) {
    struct rng rng;
    rng_init(&rng, feed->seed, RNG_TASK, 0, (uint64_t)epoch);
    rng_permutation(&rng, feed->order, (uint32_t)feed->examples->count);
}

/* The order of an epoch. */
static void put_in_order(struct tune_feed *feed, int64_t epoch) {
    if (feed->epoch == epoch)
        return;
    feed->epoch = epoch;
    if (!feed->in_order)
        shuffle(feed, epoch);
    else
        for (uint32_t i = 0; i < (uint32_t)feed->examples->count; i++)
            feed->order[i] = i;
}

/* What a question of the step's examples counts on average, by its label. */
static double mean_weight(const struct tune_feed *feed, struct share whole) {
    const struct examples *d = feed->examples;
    double sum = 0, asked = 0;
    for (int64_t k = whole.first; k < whole.first + whole.count; k++) {
        uint32_t i = feed->order[k];
        for (size_t q = d->asked_starts[i]; q < d->asked_starts[i + 1]; q++) {
            sum += d->places[q] < 0 ? 0 : (double)feed->class_weights[d->labels[q]];
            asked += d->places[q] >= 0;
        }
    }
    return asked > 0 ? sum / asked : 1;
}

/* Each counts as its label, and 1 on average over all ranks, so that the mean loss is
 * that of PyTorch's weighted cross-entropy. */
static void weigh(struct tune_feed *feed, struct share whole) {
    struct batch *batch = &feed->batch;
    double mean = mean_weight(feed, whole);
    for (int64_t m = 0; m < batch->M; m++)
        feed->counts[m] = (float)(feed->class_weights[batch->labels[m]] / mean);
    batch->counts = feed->counts;
}

/* Of an epoch's order, what a step takes, counted from 0. */
static struct share take(const struct tune_feed *feed, int64_t step) {
    int64_t first = step * feed->size, left = feed->examples->count - first;
    return (struct share){first, left < feed->size ? left : feed->size};
}

const struct batch *feed_step(struct tune_feed *feed, int64_t step) {
    int64_t steps = feed_epoch_steps(feed), epoch = (step - 1) / steps;
    struct share whole = take(feed, (step - 1) % steps);
    struct share own = partition(whole.count, feed->rank, feed->ranks);
    put_in_order(feed, epoch);
    batch_clear(&feed->batch);
    for (int64_t k = 0; k < own.count; k++) {
        int64_t i = whole.first + own.first + k;
        add(feed, feed->order[i], (uint64_t)(epoch * feed->examples->count + i));
    }
    if (feed->class_weights)
        weigh(feed, whole);
    return &feed->batch;
}

const struct batch *feed_run(struct tune_feed *feed, int64_t first) {
    feed->batch.counts = NULL;
    batch_clear(&feed->batch);
    for (int64_t i = first; i < first + feed->size && i < feed->examples->count; i++)
        add(feed, i, (uint64_t)i);
    return &feed->batch;
}

void feed_fini(struct tune_feed *feed) {
    batch_fini(&feed->batch);
    mem_free(feed->order);
    mem_free(feed->counts);
    mem_free(feed->positions);
    mem_free(feed->labels);
    *feed = (struct tune_feed){0};
}
