/* SPDX-License-Identifier: Apache-2.0 */
/* A block from its beginning: see builder.h.  Documents are read until the block is
 * full, examples are made of them, and their order is drawn.  A block is a function of
 * where its sources stand when it begins; that they mostly stand there already, after
 * the block before, only saves opening shards again.  Blocks grow from FIRST_EXAMPLES
 * examples to their full size, so that a run starts at once. */
#include "src/data/builder.h"

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/base/timer.h"
#include "src/data/mix.h"

enum { FIRST_EXAMPLES = 256, LAST_EXAMPLES = 256, MIN_DOCUMENTS = 2 };

void builder_init(struct builder *builder, struct builder_commons *commons,
                  uint32_t lane) {
    *builder = (struct builder){.commons = commons, .lane = lane};
    builder->sources = mem_alloc((size_t)commons->sources, sizeof *builder->sources);
    builder->used = mem_alloc((size_t)commons->sources, sizeof *builder->used);
    for (int s = 0; s < commons->sources; s++)
        source_init(&builder->sources[s], commons->config, commons->manifest,
                    &commons->deals[s], s, lane);
}

int builder_check(const struct builder *builder, const struct bookmark *starts,
                  struct err *err) {
    for (int s = 0; s < builder->commons->sources; s++)
        if (source_check(&builder->sources[s], &starts[s], err))
            return -1;
    return 0;
}

/* Tokens that the deck's block should hold. */
static uint64_t target_tokens(const struct builder_commons *commons,
                              const struct deck *deck) {
    uint64_t first = FIRST_EXAMPLES * (uint64_t)deck->rules->pack.pairs.length;
    uint64_t full = commons->block_tokens, number = deck->number;
    return number < 32 && first << number < full ? first << number : full;
}

/* Examples that the deck should hold, in a phase that ends.  How many come of a
 * document is a guess: all but the last deck fall short on purpose, so that only of the
 * last one, a small one, some are too many. */
static double target_examples(const struct deck *deck) {
    double left = (double)(deck->rules->end - deck->first);
    return left > LAST_EXAMPLES ? left - left / 8 : left;
}

/* The next document of a source: as source_next. */
static int take_document(struct source *source, struct deck *deck, struct doc *doc) {
    struct reading_sum *reading = &deck->reading;
    double start = timer_used(), unpacked = source->unpacking;
    int more =
        source_next(source, doc, deck->again ? NULL : &reading->tally, &deck->fault);
    unpacked = source->unpacking - unpacked;
    reading->cost.decompress += unpacked;
    reading->cost.parse += timer_used() - start - unpacked;
    if (more <= 0)
        return more;
    reading->text_bytes += doc->text.size;
    if (source->bookmark.epoch == 0 && !deck->again) {
        reading->documents++;
        reading->document_sum += source_document(source);
    }
    return more;
}

/* Filters a document and makes ids of what is left: false if it is dropped. */
static bool read_passage(struct builder *builder, struct deck *deck, int turn,
                         const struct doc *doc) {
    struct builder_commons *commons = builder->commons;
    struct passage *passage = &commons->passage;
    bool counted = deck->again || builder->sources[turn].bookmark.epoch > 0;
    struct tally *tally = counted ? &commons->ignored : &deck->reading.tally;
    struct slice text;
    double start = timer_used();
    enum rule rule = filter_run(commons->filters[turn], doc, &text, tally);
    deck->reading.cost.filter += timer_used() - start;
    if (rule != RULE_NONE)
        return false;
    bool kept = passage_read(passage, &commons->reading, text, tally);
    deck->reading.cost.split += passage->split;
    deck->reading.cost.tokenize += passage->tokenize;
    return kept;
}

/* Adds the next document of the source whose turn it is, if it is kept: 1, 0 an epoch
 * of it ended, -1. */
static int add_document(struct builder *builder, struct deck *deck) {
    struct builder_commons *commons = builder->commons;
    struct passage *passage = &commons->passage;
    int turn = mix_turn(commons->weights, builder->sources, commons->sources);
    struct source *source = &builder->sources[turn];
    struct doc doc;
    int more = take_document(source, deck, &doc);
    if (more <= 0)
        return more;
    if (read_passage(builder, deck, turn, &doc)) {
        source_keep(source, passage->ids.count);
        block_add(&deck->block, passage, turn);
        builder->expected +=
            pack_expect(&deck->rules->pack, passage->ids.count, passage->sentences);
    }
    return 1;
}

/* Whether the block may end here: it is full, or so is the phase, or, with one source,
 * an epoch of it ended. */
static bool is_full(const struct builder *builder, const struct deck *deck,
                    bool epoch_ended) {
    const struct builder_commons *commons = builder->commons;
    if (deck->block.document_count < MIN_DOCUMENTS)
        return false;
    return deck->block.tokens >= target_tokens(commons, deck) ||
           builder->expected >= target_examples(deck) ||
           (epoch_ended && commons->sources == 1);
}

/* Makes examples of the documents, and their order, of which a phase that ends takes no
 * more than it needs. */
static void make_examples(struct builder *builder, struct deck *deck) {
    const struct builder_commons *commons = builder->commons;
    struct block *block = &deck->block;
    struct rng rng;
    double start = timer_used();
    rng_init(&rng, commons->seed, RNG_PAIRS, builder->lane, deck->number);
    pack_build(block, 0, &deck->rules->pack, &rng);
    CHECK(block->view_count > 0 && block->view_count <= UINT32_MAX);
    deck_reserve_order(deck);
    rng_init(&rng, commons->seed, RNG_EXAMPLES, builder->lane, deck->number);
    rng_permutation(&rng, deck->order, (uint32_t)block->view_count);
    uint64_t left = deck->rules->end - deck->first;
    deck->count = block->view_count < left ? block->view_count : left;
    if (!deck->again)
        deck->reading.tally.examples_left += block->view_count - deck->count;
    deck->reading.cost.pack += timer_used() - start;
}

/* Adds up whose tokens the examples have.  One source need not be weighed. */
static void count_used(struct builder *builder, const struct deck *deck) {
    int sources = builder->commons->sources;
    if (sources == 1)
        return;
    for (int s = 0; s < sources; s++)
        builder->used[s] = builder->sources[s].bookmark.used;
    for (uint64_t i = 0; i < deck->count; i++)
        block_count(&deck->block, deck_view(deck, i), builder->used);
    for (int s = 0; s < sources; s++)
        builder->sources[s].bookmark.used = builder->used[s];
}

void builder_begin(struct builder *builder, struct deck *deck) {
    block_clear(&deck->block);
    deck->reading = (struct reading_sum){0};
    deck->rules = rules_find(builder->commons->rules, deck->first);
    builder->expected = 0;
    deck->fault.code = ERR_NONE;
    for (int s = 0; s < builder->commons->sources; s++)
        source_seek(&builder->sources[s], &deck->starts[s]);
}

bool builder_step(struct builder *builder, struct deck *deck) {
    int more = add_document(builder, deck);
    if (more < 0)
        return false;
    if (!is_full(builder, deck, more == 0))
        return true;
    make_examples(builder, deck);
    count_used(builder, deck);
    for (int s = 0; s < builder->commons->sources; s++)
        deck->ends[s] = builder->sources[s].bookmark;
    return false;
}

void builder_fini(struct builder *builder) {
    for (int s = 0; s < builder->commons->sources; s++)
        source_fini(&builder->sources[s]);
    mem_free(builder->sources);
    mem_free(builder->used);
    *builder = (struct builder){0};
}
