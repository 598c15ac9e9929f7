/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes side by side: see loader.h.  The loader owns what its lanes and their builders
 * share (tokenizer, dealt shards, ledger, the thread that reads ahead) and puts their
 * examples into batches, lane by lane.
 *
 * The ledger: what a lane reads in its first epoch is counted once, bytes and documents
 * of a shard by the first lane of the group that reads it, what became of a document by
 * the lane that takes it; so the sum over all lanes is the corpus.  What a restored
 * lane reads again is not counted again.  Examples and truncated tokens are counted as
 * they are handed out, in every epoch. */
#include "src/data/loader.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/core/phases.h"
#include "src/data/collate.h"
#include "src/data/deal.h"
#include "src/data/lane.h"
#include "src/data/mix.h"

struct loader {
    struct builder_commons shared; /* by the builders */
    struct lane_commons commons;
    uint64_t *weights;        /* owned; shared.weights */
    struct rules *rules;      /* owned; shared.rules */
    struct builder *builders; /* (count) one a lane */
    struct lane *lanes;
    int64_t count;
    struct example example;
};

static void share(struct loader *loader, const struct config *config,
                  const struct manifest *manifest, const struct vocab *vocab,
                  struct passage_rules reading, struct filter **filters) {
    size_t id_bytes = block_id_bytes(vocab->size);
    int sources = manifest->spec_count;
    uint64_t seed = config_data_seed(config);
    loader->weights = mix_weights(config, manifest);
    loader->rules = rules_create(config, vocab);
    loader->shared = (struct builder_commons){
        .config = config,
        .manifest = manifest,
        .vocab = vocab,
        .deals = mem_alloc((size_t)sources, sizeof(struct deal)),
        .weights = loader->weights,
        .sources = sources,
        .seed = seed,
        .block_tokens = (uint64_t)config->data_block_bytes / id_bytes,
        .rules = loader->rules,
        .filters = filters,
        .reading = reading,
    };
    for (int s = 0; s < sources; s++)
        deal_init(&loader->shared.deals[s], manifest, s, config->train_lanes);
    loader->commons = (struct lane_commons){
        .vocab = vocab,
        .sources = sources,
        .seed = seed,
        .source_tokens = mem_alloc((size_t)sources, sizeof(uint64_t)),
    };
}

struct loader *loader_create(const struct config *config,
                             const struct manifest *manifest, const struct vocab *vocab,
                             int64_t first, int64_t count, struct err *err) {
    struct passage_rules reading; /* shards are opened when they are read */
    CHECK(first >= 0 && count >= 0 && first + count <= config->train_lanes);
    if (passage_rules_init(&reading, config, vocab, err))
        return NULL;
    struct filter **filters =
        filters_create(config, manifest->specs, manifest->spec_count, err);
    if (filters == NULL) {
        passage_rules_fini(&reading);
        return NULL;
    }
    struct loader *loader = mem_alloc(1, sizeof *loader);
    loader->count = count;
    share(loader, config, manifest, vocab, reading, filters);
    collate_init(&loader->example, phases_bounds(config).sequence_length);
    loader->builders = mem_alloc((size_t)count, sizeof *loader->builders);
    loader->lanes = mem_alloc((size_t)count, sizeof *loader->lanes);
    for (int64_t v = 0; v < count; v++) {
        builder_init(&loader->builders[v], &loader->shared, (uint32_t)(first + v));
        lane_init(&loader->lanes[v], &loader->commons, &loader->builders[v], v);
    }
    loader->commons.ahead = ahead_create(loader->builders, count);
    return loader;
}

/* Adds the examples of one lane. */
static int add_lane(struct loader *loader, int64_t v, struct batch *batch,
                    struct err *err) {
    struct origin origin = {.lane = loader->builders[v].lane};
    struct lane *lane = &loader->lanes[v];
    int64_t more = rules_find(loader->rules, lane->emitted)->lane_batch;
    for (; more > 0; more--) {
        if (lane_next(lane, &loader->example, &origin.number, err))
            return -1;
        batch_add(batch, &loader->example, origin);
    }
    return 0;
}

int loader_next(struct loader *loader, struct batch *batch, struct err *err) {
    struct lane_commons *commons = &loader->commons;
    double start = timer_used() - ahead_helped(commons->ahead);
    batch_clear(batch);
    memset(commons->source_tokens, 0,
           (size_t)commons->sources * sizeof *commons->source_tokens);
    for (int64_t v = 0; v < loader->count; v++)
        lane_ask(&loader->lanes[v]);
    for (int64_t v = 0; v < loader->count; v++)
        if (add_lane(loader, v, batch, err))
            return -1;
    commons->reading.cost.pack += timer_used() - ahead_helped(commons->ahead) - start;
    return 0;
}

double loader_waited(const struct loader *loader) {
    return ahead_waited(loader->commons.ahead);
}

double loader_used(const struct loader *loader) {
    return ahead_used(loader->commons.ahead) + ahead_helped(loader->commons.ahead);
}

void loader_settle(struct loader *loader) { ahead_settle(loader->commons.ahead); }

double loader_share(const struct loader *loader, int source) {
    return mix_share(loader->weights, loader->shared.sources, source);
}

const uint64_t *loader_source_tokens(const struct loader *loader) {
    return loader->commons.source_tokens;
}

uint64_t loader_batch_hash(const struct loader *loader, const struct batch *batch) {
    uint64_t sum = 0;
    for (int64_t v = 0, b = 0; v < loader->count; v++) {
        uint64_t lane = loader->builders[v].lane, hash = lane;
        for (; b < batch->B && batch->origins[b].lane == lane; b++) {
            uint64_t sequence = batch_hash_sequence(batch, b);
            hash = hash64(&sequence, sizeof sequence, hash);
        }
        sum += hash;
    }
    return sum;
}

size_t loader_cursor_bytes(const struct loader *loader) {
    return lane_cursor_bytes(loader->commons.sources);
}

void loader_save(const struct loader *loader, uint8_t *cursors) {
    for (int64_t v = 0; v < loader->count; v++)
        lane_save(&loader->lanes[v], cursors + (size_t)v * loader_cursor_bytes(loader));
}

int loader_restore(struct loader *loader, const uint8_t *cursors, struct err *err) {
    for (int64_t v = 0; v < loader->count; v++)
        if (lane_restore(&loader->lanes[v],
                         cursors + (size_t)v * loader_cursor_bytes(loader), err))
            return -1;
    return 0;
}

const struct tally *loader_tally(const struct loader *loader) {
    return &loader->commons.reading.tally;
}

const struct reading_sum *loader_reading(const struct loader *loader) {
    return &loader->commons.reading;
}

void loader_epochs(const struct loader *loader, int64_t *least, int64_t *most) {
    *least = INT64_MAX;
    *most = 0;
    for (int64_t v = 0; v < loader->count; v++) {
        int64_t low, high;
        lane_epochs(&loader->lanes[v], &low, &high);
        *least = low < *least ? low : *least;
        *most = high > *most ? high : *most;
    }
}

/* Its ids, and a fourth of that for what says where sentences and examples begin. */
size_t loader_block_bytes(const struct config *config) {
    return (size_t)config->data_block_bytes / 4 * 5;
}

void loader_destroy(struct loader *loader) {
    if (loader == NULL)
        return;
    ahead_destroy(loader->commons.ahead); /* before what it reads from */
    for (int64_t v = 0; v < loader->count; v++) {
        lane_fini(&loader->lanes[v]);
        builder_fini(&loader->builders[v]);
    }
    struct builder_commons *shared = &loader->shared;
    for (int s = 0; s < shared->sources; s++)
        deal_fini(&shared->deals[s]);
    filters_destroy(shared->filters, shared->sources);
    passage_rules_fini(&shared->reading);
    passage_fini(&shared->passage);
    collate_fini(&loader->example);
    mem_free(shared->deals);
    mem_free(loader->commons.source_tokens);
    mem_free(loader->weights);
    mem_free(loader->rules);
    mem_free(loader->builders);
    mem_free(loader->lanes);
    mem_free(loader);
}
