/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a deck is a function of lane, number and starts, so one that was built ahead,
 * in whatever order and by whichever thread, is the one that a builder makes alone.
 * What fails while reading ahead is told when the deck is taken, not before, and
 * leaving in the middle of a deck neither hangs nor hurts the next one. */
#include "src/data/ahead.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/hash.h"
#include "src/base/mem.h"
#include "tests/corpus.h"
#include "tests/tap.h"

enum { LANES = 4, DECKS = 5 };

/* What a loader would set up: builders of all lanes over a corpus of one source. */
struct bench {
    struct corpus corpus;
    struct builder_commons commons;
    struct deal deal;
    uint64_t weight;
    struct rules *rules;
    struct builder builders[LANES];
};

static void bench_init(struct bench *bench, const char *name, int shards,
                       int documents) {
    const struct corpus_source source = {shards, documents, 1};
    struct corpus *corpus = &bench->corpus;
    corpus_init(corpus, name, &source, 1);
    struct err err;
    bench->weight = 1;
    bench->rules = rules_create(&corpus->config, &corpus->vocab);
    deal_init(&bench->deal, &corpus->manifest, 0, LANES);
    bench->commons = (struct builder_commons){
        .config = &corpus->config,
        .manifest = &corpus->manifest,
        .vocab = &corpus->vocab,
        .deals = &bench->deal,
        .weights = &bench->weight,
        .sources = 1,
        .block_tokens = 2048,
        .rules = bench->rules,
        .filters = filters_create(&corpus->config, corpus->manifest.specs, 1, &err),
    };
    ok(passage_rules_init(&bench->commons.reading, &corpus->config, &corpus->vocab,
                          &err) == 0,
       "%s", name);
    for (uint32_t v = 0; v < LANES; v++)
        builder_init(&bench->builders[v], &bench->commons, v);
}

static void bench_fini(struct bench *bench) {
    for (int v = 0; v < LANES; v++)
        builder_fini(&bench->builders[v]);
    filters_destroy(bench->commons.filters, 1);
    passage_rules_fini(&bench->commons.reading);
    passage_fini(&bench->commons.passage);
    deal_fini(&bench->deal);
    mem_free(bench->rules);
    corpus_fini(&bench->corpus);
}

static uint64_t deck_hash(const struct deck *deck) {
    const struct block *b = &deck->block;
    uint64_t hash = hash64(b->ids, b->tokens * (b->wide ? 4 : 2), deck->number);
    hash = hash64(b->views, b->view_count * sizeof *b->views, hash);
    hash = hash64(deck->order, b->view_count * sizeof *deck->order, hash);
    hash = hash64(deck->ends, sizeof *deck->ends, hash);
    hash = hash64(&deck->reading.document_sum, sizeof(uint64_t), hash);
    return hash64(&deck->reading.tally, sizeof(struct tally), hash);
}

static void pause_for(long microseconds) {
    nanosleep(&(struct timespec){0, 1000 * microseconds}, NULL);
}

/* The decks of all lanes, each builder by itself. */
static void build_alone(struct bench *bench, uint64_t hashes[LANES][DECKS]) {
    for (int v = 0; v < LANES; v++) {
        struct deck decks[2];
        for (int i = 0; i < 2; i++)
            deck_init(&decks[i], 1, bench->corpus.vocab.size);
        for (int d = 0; d < DECKS; d++) {
            builder_begin(&bench->builders[v], &decks[d % 2]);
            while (builder_step(&bench->builders[v], &decks[d % 2]))
                continue;
            hashes[v][d] = deck_hash(&decks[d % 2]);
            deck_follow(&decks[(d + 1) % 2], &decks[d % 2], 1);
        }
        for (int i = 0; i < 2; i++)
            deck_fini(&decks[i]);
    }
}

/* The same through the thread, which is given `pause` before each deck is taken. */
static int build_ahead(struct bench *bench, uint64_t hashes[LANES][DECKS], long pause) {
    struct ahead *ahead = ahead_create(bench->builders, LANES);
    struct deck decks[LANES][2];
    int unlike = 0;
    for (int v = 0; v < LANES; v++)
        for (int i = 0; i < 2; i++)
            deck_init(&decks[v][i], 1, bench->corpus.vocab.size);
    for (int v = 0; v < LANES; v++)
        ahead_ask(ahead, v, &decks[v][0]);
    for (int d = 0; d < DECKS; d++)
        for (int v = LANES - 1; v >= 0; v--) {
            pause_for(pause);
            ahead_take(ahead, v);
            deck_follow(&decks[v][(d + 1) % 2], &decks[v][d % 2], 1);
            ahead_ask(ahead, v, &decks[v][(d + 1) % 2]);
            unlike += deck_hash(&decks[v][d % 2]) != hashes[v][d];
        }
    ahead_destroy(ahead); /* which owes four */
    for (int v = 0; v < LANES; v++)
        for (int i = 0; i < 2; i++)
            deck_fini(&decks[v][i]);
    return unlike;
}

static void test_equal(void) {
    static const long pauses[] = {0, 300, 3000};
    struct bench bench;
    uint64_t hashes[LANES][DECKS];
    bench_init(&bench, "equal", 9, 40);
    build_alone(&bench, hashes);
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++)
        is_int(build_ahead(&bench, hashes, pauses[i]), 0,
               "%d decks of %d lanes, %ld µs between them: as built alone", DECKS,
               LANES, pauses[i]);
    ok(hashes[0][0] != hashes[1][0] && hashes[0][0] != hashes[0][1],
       "and they are not all the same");
    bench_fini(&bench);
}

/* The first deck is good, the shard of the second one is gone by then. */
static void test_fault(void) {
    struct bench bench;
    struct deck decks[2];
    bench_init(&bench, "fault", 1, 300);
    bench.commons.block_tokens = 512;
    for (int i = 0; i < 2; i++)
        deck_init(&decks[i], 1, bench.corpus.vocab.size);
    struct ahead *ahead = ahead_create(bench.builders, LANES);
    ahead_ask(ahead, 2, &decks[0]);
    ahead_take(ahead, 2);
    is_int(decks[0].fault.code, ERR_NONE, "a good deck has no fault");
    ok(decks[0].block.tokens >= 512, "  and is full: %zu tokens",
       decks[0].block.tokens);
    deck_follow(&decks[1], &decks[0], 1);
    decks[1].starts[0].ordinal = 1 << 20; /* a document that is not there */
    ahead_ask(ahead, 2, &decks[1]);
    pause_for(3000);
    uint64_t before = deck_hash(&decks[0]);
    ahead_take(ahead, 2);
    is_int(decks[1].fault.code, ERR_DATA, "a fault comes with its deck: %s",
           decks[1].fault.text);
    ok(deck_hash(&decks[0]) == before, "  and leaves the deck before alone");
    deck_follow(&decks[1], &decks[0], 1);
    ahead_ask(ahead, 2, &decks[1]);
    ahead_take(ahead, 2);
    is_int(decks[1].fault.code, ERR_NONE, "behind a fault a good deck is good");
    remove(bench.corpus.manifest.shards[0].path);
    decks[1].starts[0] = (struct bookmark){.ordinal = 1};
    ahead_ask(ahead, 2, &decks[1]);
    ahead_take(ahead, 2);
    is_int(decks[1].fault.code, ERR_MISSING, "a shard that is gone: %s",
           decks[1].fault.text);
    ahead_destroy(ahead);
    for (int i = 0; i < 2; i++)
        deck_fini(&decks[i]);
    bench_fini(&bench);
}

/* Dropped while it is being built, or before: the next one is as if nothing had been.
 */
static void test_drop(void) {
    static const long pauses[] = {0, 50, 500};
    struct bench bench;
    uint64_t hashes[LANES][DECKS];
    int unlike = 0;
    bench_init(&bench, "drop", 9, 40);
    build_alone(&bench, hashes);
    struct ahead *ahead = ahead_create(bench.builders, LANES);
    struct deck deck;
    deck_init(&deck, 1, bench.corpus.vocab.size);
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        ahead_ask(ahead, 1, &deck);
        pause_for(pauses[i]);
        ahead_drop(ahead, 1);
        ahead_drop(ahead, 1); /* of nothing */
        ahead_ask(ahead, 1, &deck);
        ahead_take(ahead, 1);
        unlike += deck_hash(&deck) != hashes[1][0];
    }
    is_int(unlike, 0, "a dropped deck leaves no trace");
    ahead_destroy(ahead);
    ahead_destroy(NULL);
    deck_fini(&deck);
    bench_fini(&bench);
}

int main(void) {
    test_equal();
    test_fault();
    test_drop();
    return tap_done();
}
