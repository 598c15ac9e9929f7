/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: ids of the block are their own places in it, so every view can be judged.
 * Whole sentences come one after the other, every token once; what would have fitted
 * was not left for the next; an example is never longer than asked for with all its
 * special tokens, and ends where the document or the sentence does if it may not go on.
 * Written out, documents are separated by [SEP], or isolated, each with its own [CLS].
 */
#include "src/data/pack.h"

#include <string.h>

#include "src/core/example.h"
#include "src/data/collate.h"
#include "tests/tap.h"

static const struct vocab vocab = {.size = 100000, .cls = 2, .sep = 3, .mask = 4};

/* Documents of 1 … `sentences` sentences of 1 … words words each, but for ids 0 … 9. */
static void fill_block(struct block *block, int documents, int sentences, int words) {
    struct passage passage = {0};
    struct rng rng;
    uint32_t ends[64];
    rng_init(&rng, 1, RNG_TEST, (uint64_t)documents, (uint64_t)sentences);
    block_init(block, vocab.size);
    passage.ends = ends;
    for (int d = 0; d < documents; d++) {
        passage.ids.count = 0;
        passage.sentences = 0;
        for (int s = 1 + (int)rng_below(&rng, (uint64_t)sentences); s > 0; s--) {
            for (int w = 1 + (int)rng_below(&rng, (uint64_t)words); w > 0; w--)
                ids_append(&passage.ids,
                           10 + (int32_t)(block->tokens + passage.ids.count));
            ends[passage.sentences++] = (uint32_t)passage.ids.count;
        }
        block_add(block, &passage, 0);
    }
    ids_fini(&passage.ids);
}

static bool begins_sentence(const struct block *block, uint32_t token) {
    size_t s = 0;
    while (block->sentences[s] < token)
        s++;
    return block->sentences[s] == token;
}

static bool begins_document(const struct block *block, uint32_t token) {
    size_t d = 0;
    while (block->sentences[block->documents[d]] < token)
        d++;
    return block->sentences[block->documents[d]] == token;
}

/* The sentence that begins at a token. */
static uint32_t sentence_size(const struct block *block, uint32_t token) {
    size_t s = 0;
    while (block->sentences[s] < token)
        s++;
    return block->sentences[s + 1] - token;
}

static const struct {
    const char *name;
    int documents, sentences, words;
    uint32_t length;
} blocks[] = {
    {"short sentences", 60, 12, 10, 64},
    {"documents of one sentence", 60, 1, 9, 64},
    {"sentences longer than an example", 20, 6, 200, 64},
    {"sentences of one word", 30, 20, 1, 16},
    {"the shortest length", 30, 5, 12, 8},
    {"one document", 1, 20, 10, 64},
    {"all in one example", 3, 2, 5, 512},
};

/* Tokens an example takes with its special ones. */
static uint32_t full_size(const struct block *block, struct segment segment,
                          bool isolate) {
    uint32_t size = segment.count + 2;
    for (uint32_t t = segment.first + 1; t < segment.first + segment.count; t++)
        if (begins_document(block, t))
            size += isolate ? 2 : 1;
    return size;
}

/* Whether the sentence after the run would have fitted. */
static bool left_behind(const struct block *block, struct segment segment,
                        const struct pack_rules *rules) {
    uint32_t next = segment.first + segment.count, more = 0;
    if (next == block->tokens || !begins_sentence(block, next))
        return false;
    if (begins_document(block, next))
        more = rules->isolate ? 2 : 1;
    if (rules->packing == PACK_SENTENCES ||
        (more > 0 && rules->packing == PACK_DOC_SENTENCES))
        return false;
    return full_size(block, segment, rules->isolate) + more +
               sentence_size(block, next) <=
           rules->pairs.length;
}

static int check_view(const struct block *block, const struct view *view, uint32_t at,
                      const struct pack_rules *rules) {
    struct segment segment = view->a;
    uint32_t size = full_size(block, segment, rules->isolate),
             end = segment.first + segment.count;
    int faults = segment.first != at || segment.count == 0;
    faults += view->b.count != 0 || view->next != NEXT_NONE || view->truncated != 0;
    faults += size > rules->pairs.length;
    faults += !begins_sentence(block, end) && size != rules->pairs.length;
    faults += left_behind(block, segment, rules);
    for (uint32_t t = segment.first + 1; t < end; t++) {
        faults += rules->packing == PACK_DOC_SENTENCES && begins_document(block, t);
        faults += rules->packing == PACK_SENTENCES && begins_sentence(block, t);
    }
    return faults;
}

static void test_views(void) {
    static const struct {
        const char *name;
        enum packing packing;
        bool isolate;
    } kinds[] = {{"full sentences", PACK_FULL_SENTENCES, false},
                 {"full sentences, isolated", PACK_FULL_SENTENCES, true},
                 {"sentences of a document", PACK_DOC_SENTENCES, false},
                 {"each sentence by itself", PACK_SENTENCES, false}};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct block block;
        fill_block(&block, blocks[i].documents, blocks[i].sentences, blocks[i].words);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            const struct pack_rules rules = {
                kinds[k].packing, kinds[k].isolate, {blocks[i].length, .1, false}};
            uint32_t at = 0;
            int faults = 0;
            block.view_count = 0;
            pack_build(&block, 0, &rules, NULL);
            for (size_t v = 0; v < block.view_count; v++) {
                faults += check_view(&block, &block.views[v], at, &rules);
                at += block.views[v].a.count;
            }
            is_int(faults, 0, "%s, %s: %d examples", kinds[k].name, blocks[i].name,
                   (int)block.view_count);
            ok(at == block.tokens, "  every token once");
        }
        block_fini(&block);
    }
}

/* From a document on: those before it give random halves, no examples. */
static void test_first(void) {
    struct block block;
    struct rng rng;
    fill_block(&block, 9, 4, 9);
    for (int p = PACK_PAIRS; p <= PACK_SENTENCES; p++) {
        const struct pack_rules rules = {(enum packing)p, false, {64, 0, false}};
        block.view_count = 0;
        rng_init(&rng, 1, RNG_PAIRS, 0, 0);
        pack_build(&block, 7, &rules, &rng);
        ok(block.view_count > 0 &&
               block.views[0].a.first == block.sentences[block.documents[7]],
           "packing %d begins with the first document asked for", p);
    }
    block_fini(&block);
}

/* Three documents of 3, 1 and 2 ids, from 10 on. */
static void small_block(struct block *block) {
    static const uint32_t sizes[] = {3, 1, 2};
    struct passage passage = {0};
    block_init(block, vocab.size);
    for (int d = 0; d < 3; d++) {
        uint32_t end = sizes[d];
        passage.ids.count = 0;
        for (uint32_t i = 0; i < end; i++)
            ids_append(&passage.ids, 10 + (int32_t)(block->tokens + i));
        passage.ends = &end;
        passage.sentences = 1;
        block_add(block, &passage, 0);
    }
    ids_fini(&passage.ids);
}

static const struct {
    const char *name;
    struct view view;
    bool isolate;
    int32_t length, split, cuts, ids[12], cut[2];
} written[] = {
    {"a pair: [CLS] A [SEP] B [SEP]",
     {.a = {0, 2}, .b = {4, 2}, .next = NEXT_RANDOM},
     false,
     7,
     4,
     0,
     {2, 10, 11, 3, 14, 15, 3},
     {0}},
    {"one segment: [CLS] A [SEP]",
     {.a = {1, 2}, .next = NEXT_NONE},
     false,
     4,
     4,
     0,
     {2, 11, 12, 3},
     {0}},
    {"[SEP] between documents",
     {.a = {0, 6}, .next = NEXT_NONE},
     false,
     10,
     10,
     0,
     {2, 10, 11, 12, 3, 13, 3, 14, 15, 3},
     {0}},
    {"from within a document into one",
     {.a = {2, 3}, .next = NEXT_NONE},
     false,
     7,
     7,
     0,
     {2, 12, 3, 13, 3, 14, 3},
     {0}},
    {"isolated: [CLS] and [SEP] each",
     {.a = {0, 6}, .next = NEXT_NONE},
     true,
     12,
     12,
     2,
     {2, 10, 11, 12, 3, 2, 13, 3, 2, 14, 15, 3},
     {5, 8}},
    {"isolated, one document",
     {.a = {4, 2}, .next = NEXT_NONE},
     true,
     4,
     4,
     0,
     {2, 14, 15, 3},
     {0}},
};

static void test_written(void) {
    struct block block;
    struct example e;
    small_block(&block);
    collate_init(&e, 12);
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        collate_view(&block, &written[i].view, &vocab, written[i].isolate, &e);
        ok(e.length == written[i].length && e.split == written[i].split &&
               e.next == written[i].view.next && e.masked == 0,
           "%s", written[i].name);
        ok(memcmp(e.ids, written[i].ids, (size_t)e.length * sizeof *e.ids) == 0,
           "  with these ids");
        ok(e.cut_count == written[i].cuts &&
               memcmp(e.cuts, written[i].cut, (size_t)e.cut_count * sizeof *e.cuts) ==
                   0,
           "  and %d cuts", e.cut_count);
    }
    collate_fini(&e);
    block_fini(&block);
}

int main(void) {
    test_views();
    test_first();
    test_written();
    return tap_done();
}
