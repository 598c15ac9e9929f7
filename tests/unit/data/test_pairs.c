/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: ids of the block are their own places in it, so every view can be judged:
 * halves are runs of whole sentences but for what truncation took off either end, a
 * half that follows begins where the first ends, a random one is of another document if
 * there is one, and nothing is empty or too long.  Where ids repeat, what a random half
 * says never follows. */
#include "src/data/pairs.h"

#include <math.h>
#include <time.h>

#include "src/core/example.h"
#include "tests/tap.h"

static const struct vocab vocab = {.size = 100000, .cls = 2, .sep = 3, .mask = 4};

/* Documents of `sentences` sentences of 1 … words words each. */
static void fill_block(struct block *block, int documents, int sentences, int words,
                       bool fixed) {
    struct passage passage = {0};
    struct rng rng;
    uint32_t ends[64];
    rng_init(&rng, 1, RNG_TEST, (uint64_t)documents, (uint64_t)sentences);
    block_init(block, vocab.size);
    passage.ends = ends;
    for (int d = 0; d < documents; d++) {
        passage.ids.count = 0;
        passage.sentences = 0;
        for (int s = 0; s < sentences; s++) {
            int n = fixed ? words : 1 + (int)rng_below(&rng, (uint64_t)words);
            for (int w = 0; w < n; w++)
                ids_append(&passage.ids, (int32_t)(block->tokens + passage.ids.count));
            ends[passage.sentences++] = (uint32_t)passage.ids.count;
        }
        block_add(block, &passage, 0);
    }
    ids_fini(&passage.ids);
}

static size_t document_of(const struct block *block, uint32_t token) {
    size_t d = 0;
    while (block->sentences[block->documents[d + 1]] <= token)
        d++;
    return d;
}

static bool is_boundary(const struct block *block, uint32_t token) {
    for (size_t s = 0; s <= block->sentence_count; s++)
        if (block->sentences[s] == token)
            return true;
    return false;
}

static bool is_whole(const struct block *block, struct segment segment) {
    return is_boundary(block, segment.first) &&
           is_boundary(block, segment.first + segment.count);
}

static bool is_inside(const struct block *block, size_t document,
                      struct segment segment) {
    return document_of(block, segment.first) == document &&
           document_of(block, segment.first + segment.count - 1) == document;
}

/* Faults of one pair of document d. */
static int check_view(const struct block *block, size_t d, const struct view *view,
                      uint32_t length) {
    int faults = 0;
    faults += view->a.count == 0 || view->b.count == 0;
    faults += view->a.count + view->b.count + 3 > length;
    faults += !is_inside(block, d, view->a);
    faults += view->truncated > 0 && view->a.count + view->b.count + 3 != length;
    faults += view->truncated == 0 &&
              (!is_whole(block, view->a) || !is_whole(block, view->b));
    if (view->next == NEXT_FOLLOWS) {
        faults += !is_inside(block, d, view->b);
        faults += view->b.first < view->a.first + view->a.count;
        faults +=
            view->truncated == 0 && view->b.first != view->a.first + view->a.count;
    } else {
        size_t other = document_of(block, view->b.first);
        faults += view->next != NEXT_RANDOM || !is_inside(block, other, view->b);
    }
    return faults;
}

static const struct {
    const char *name;
    int documents, sentences, words;
    uint32_t length;
    double short_prob;
} table[] = {
    {"short sentences", 40, 12, 10, 64, 0},
    {"short targets", 40, 12, 10, 64, 1},
    {"long sentences are truncated", 30, 8, 120, 64, .1},
    {"the shortest length", 30, 8, 10, 8, .5},
    {"documents of one sentence", 60, 1, 30, 64, .1},
    {"sentences of one word", 30, 20, 1, 32, .1},
    {"two documents", 2, 12, 10, 64, .1},
};

static void test_pairs(void) {
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        struct block block;
        struct rng rng;
        struct pairs_rules rules = {table[t].length, table[t].short_prob, false};
        int faults = 0, same = 0, sides[2] = {0};
        fill_block(&block, table[t].documents, table[t].sentences, table[t].words,
                   false);
        rng_init(&rng, 1, RNG_PAIRS, t, 0);
        for (size_t d = 0; d < block.document_count; d++) {
            size_t first = block.view_count;
            pairs_build(&block, d, &rules, &rng);
            faults += block.view_count == first;
            for (size_t i = first; i < block.view_count; i++) {
                const struct view *view = &block.views[i];
                faults += check_view(&block, d, view, rules.length);
                same += view->next == NEXT_RANDOM &&
                        document_of(&block, view->b.first) == d;
                sides[0] += !is_boundary(&block, view->a.first);
                sides[1] += !is_boundary(&block, view->a.first + view->a.count);
            }
        }
        is_int(faults, 0, "%s: %d views are pairs as they should be", table[t].name,
               (int)block.view_count);
        is_int(same, 0, "  random halves are of other documents");
        if (table[t].words > 100)
            ok(sides[0] > 20 && sides[1] > 20,
               "  cut in front %d times, behind %d times", sides[0], sides[1]);
        block_fini(&block);
    }
}

/* With sentences of one word nothing is truncated: chunks follow one another, and what
 * a random half displaced is put back. */
static void test_coverage(void) {
    struct block block;
    struct rng rng;
    const struct pairs_rules rules = {16, 0, false};
    fill_block(&block, 60, 60, 1, true);
    rng_init(&rng, 1, RNG_PAIRS, 0, 0);
    int faults = 0, random = 0;
    for (size_t d = 0; d < block.document_count; d++) {
        uint32_t at = block.sentences[block.documents[d]];
        size_t first = block.view_count;
        pairs_build(&block, d, &rules, &rng);
        for (size_t i = first; i < block.view_count; i++) {
            const struct view *view = &block.views[i];
            faults += view->truncated > 0 || view->a.first != at;
            random += view->next == NEXT_RANDOM;
            at += view->a.count + (view->next == NEXT_FOLLOWS ? view->b.count : 0);
        }
        faults += at != block.sentences[block.documents[d + 1]];
    }
    is_int(faults, 0, "views follow one another through the document to its end");
    double share = random / (double)block.view_count;
    ok(share > .45 && share < .65, "about half of the pairs are random: %.2f", share);
    block_fini(&block);
}

static void test_short(void) {
    struct block block;
    struct rng rng;
    const struct pairs_rules rules = {64, .1, false};
    fill_block(&block, 2000, 30, 4, true);
    rng_init(&rng, 1, RNG_PAIRS, 1, 0);
    int small = 0, all = 0; /* of first halves that the text follows */
    for (size_t d = 0; d < block.document_count; d++) {
        size_t first = block.view_count;
        pairs_build(&block, d, &rules, &rng);
        const struct view *view = &block.views[first];
        all += view->next == NEXT_FOLLOWS;
        small += view->next == NEXT_FOLLOWS && view->a.count + view->b.count < 55;
    }
    ok(small > .07 * all && small < .11 * all,
       "a tenth of the documents has short examples: %d of %d", small, all);
    block_fini(&block);
}

/* Blocks whose text repeats: each letter is a sentence of that id, three times; a space
 * ends a document.  What is wanted of the pairs over many draws. */
enum { NO = 0, SOME = 1 };
static const struct {
    const char *text;
    int next, random, own, none; /* NO or SOME */
} repeats[] = {
    {"a", NO, NO, NO, SOME}, /* no half that is not the first */
    {"ab", SOME, NO, NO, NO},
    {"abcdefgh", SOME, SOME, SOME, NO},          /* one document: other places of it */
    {"abcdefgh abcdefgh", SOME, SOME, SOME, NO}, /* read twice: the same */
    {"abcdefgh x", SOME, SOME, SOME, NO},        /* after h, x may be the next part */
    {"a b", NO, SOME, NO, SOME},                 /* so may b after a */
    {"a b c", NO, SOME, NO, NO},
    {"a a", NO, NO, NO, SOME},
    {"ababab cdcdcd", SOME, SOME, NO, NO},
    {"abcd bbbb", SOME, SOME, SOME, NO},    /* the other document is what follows a */
    {"aaaa aaaa", SOME, SOME, SOME, SOME},  /* after the last, nothing */
    {"abcd efgh ijkl", SOME, SOME, NO, NO}, /* e after abcd: it may be the next part */
};

static void fill_repeats(struct block *block, const char *text) {
    struct passage passage = {0};
    uint32_t ends[64];
    block_init(block, vocab.size);
    passage.ends = ends;
    for (; *text; text += *text == ' ') {
        passage.ids.count = passage.sentences = 0;
        for (; *text && *text != ' '; text++) {
            for (int w = 0; w < 3; w++)
                ids_append(&passage.ids, *text);
            ends[passage.sentences++] = (uint32_t)passage.ids.count;
        }
        block_add(block, &passage, 0);
    }
    ids_fini(&passage.ids);
}

/* Whether the random half begins with what the block says after the first half, or lies
 * over it.  Nothing is truncated here. */
static bool is_false_random(const struct block *block, const struct view *view) {
    int32_t after, first;
    uint32_t end = view->a.first + view->a.count;
    bool over = view->b.first < end && view->a.first < view->b.first + view->b.count;
    if (end == block->tokens)
        return over;
    block_read(block, (struct segment){end, 1}, &after);
    block_read(block, (struct segment){view->b.first, 1}, &first);
    return over || after == first;
}

/* What many draws gave. */
struct drawn {
    int none, follows, random; /* pairs by kind */
    int own, faults;
};

static void count_view(const struct block *block, const struct view *view,
                       struct drawn *drawn) {
    bool same = view->b.count > 0 &&
                document_of(block, view->a.first) == document_of(block, view->b.first);
    drawn->none += view->next == NEXT_NONE;
    drawn->follows += view->next == NEXT_FOLLOWS;
    drawn->random += view->next == NEXT_RANDOM;
    drawn->own += view->own;
    if (view->next == NEXT_RANDOM && view->truncated == 0)
        drawn->faults += is_false_random(block, view) + (same != view->own);
    drawn->faults += (view->b.count == 0) != (view->next == NEXT_NONE);
}

static void draw(const char *text, uint64_t row, uint64_t n, struct drawn *drawn) {
    static const struct pairs_rules rules = {64, .5, false};
    struct block block;
    struct rng rng;
    fill_repeats(&block, text);
    rng_init(&rng, 1, RNG_PAIRS, row, n);
    for (size_t d = 0; d < block.document_count; d++)
        pairs_build(&block, d, &rules, &rng);
    for (size_t i = 0; i < block.view_count; i++)
        count_view(&block, &block.views[i], drawn);
    block_fini(&block);
}

static void test_repeats(void) {
    for (size_t t = 0; t < sizeof repeats / sizeof *repeats; t++) {
        struct drawn drawn = {0};
        for (uint64_t n = 0; n < 200; n++)
            draw(repeats[t].text, t, n, &drawn);
        is_int(drawn.faults, 0, "'%s': no random half that follows", repeats[t].text);
        is_int(drawn.follows > 0, repeats[t].next, "  %d pairs that follow",
               drawn.follows);
        is_int(drawn.random > 0, repeats[t].random, "  %d random ones", drawn.random);
        is_int(drawn.own > 0, repeats[t].own, "  %d of the same document", drawn.own);
        is_int(drawn.none > 0, repeats[t].none, "  %d without a second half",
               drawn.none);
    }
}

/* Seconds that a document's pairs take, where a block has it four times or once. */
static double time_pairs(bool copies) {
    enum { SENTENCES = 20000, WORDS = 10 };
    const struct pairs_rules rules = {64, 0, false};
    static uint32_t ends[SENTENCES];
    struct passage passage = {.ends = ends, .sentences = SENTENCES};
    struct block block;
    struct rng rng;
    block_init(&block, vocab.size);
    for (int i = 0; i < SENTENCES * WORDS; i++)
        ids_append(&passage.ids, i % 60000);
    for (int i = 0; i < SENTENCES; i++)
        ends[i] = (uint32_t)(i + 1) * WORDS;
    for (int d = 0; d < 4; d++) {
        passage.ids.data[0] = copies ? 0 : d;
        block_add(&block, &passage, 0);
    }
    rng_init(&rng, 1, RNG_PAIRS, 0, 0);
    clock_t start = clock();
    pairs_build(&block, 0, &rules, &rng);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    block_fini(&block);
    ids_fini(&passage.ids);
    return seconds;
}

static void test_copies(void) {
    double one = time_pairs(false), many = time_pairs(true);
    ok(many < 10 * one + .05, "copies of a document cost little: %.4f s, %.4f without",
       many, one);
}

/* Halves of one document, in their order or swapped, each as often; what chunks leave
 * out is what truncation took; a document of one sentence is no pair. */
static void test_swapped(void) {
    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        const struct pairs_rules rules = {table[t].length, table[t].short_prob, true};
        struct block block;
        struct rng rng;
        int faults = 0, swapped = 0, pairs = 0;
        fill_block(&block, table[t].documents, table[t].sentences, table[t].words,
                   false);
        rng_init(&rng, 1, RNG_PAIRS, t, 7);
        for (size_t d = 0; d < block.document_count; d++) {
            size_t i = block.view_count;
            uint32_t at = block.sentences[block.documents[d]];
            pairs_build(&block, d, &rules, &rng);
            for (; i < block.view_count; i++) {
                const struct view *view = &block.views[i];
                const struct segment *first = view->swapped ? &view->b : &view->a;
                const struct segment *second = view->swapped ? &view->a : &view->b;
                pairs += view->next != NEXT_NONE;
                swapped += view->swapped;
                faults += view->own || view->a.count == 0;
                faults += view->next != (view->b.count == 0 ? NEXT_NONE
                                         : view->swapped    ? NEXT_SWAPPED
                                                            : NEXT_FOLLOWS);
                faults += view->a.count + view->b.count > rules.length - 3;
                faults += !is_inside(&block, d, *first);
                faults += first->first < at;
                at += first->count + second->count + view->truncated;
                faults +=
                    second->count > 0 && (second->first < first->first + first->count ||
                                          !is_inside(&block, d, *second));
                faults += view->truncated == 0 && !is_boundary(&block, at);
            }
            faults += at != block.sentences[block.documents[d + 1]];
        }
        is_int(faults, 0, "%s: %d views are halves as they should be", table[t].name,
               (int)block.view_count);
        is_int(pairs > 0, table[t].sentences > 1, "  %d pairs", pairs);
        ok(fabs(swapped - .5 * pairs) <= 3 * sqrt(.25 * pairs), "  %d of them swapped",
           swapped);
        block_fini(&block);
    }
}

/* Ids above 65535 survive a wide block, those up to it a narrow one. */
static void test_width(void) {
    static const struct {
        int64_t V;
        int32_t id;
        size_t bytes;
    } rows[] = {
        {65536, 65535, 2}, {65537, 65536, 4}, {30522, 30521, 2}, {1 << 20, 1000000, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct block block;
        uint32_t end = 1;
        int32_t id = rows[i].id, out = -1;
        struct passage passage = {.ids = {&id, 1, 1}, .ends = &end, .sentences = 1};
        block_init(&block, rows[i].V);
        block_add(&block, &passage, 0);
        block_read(&block, (struct segment){0, 1}, &out);
        is_int(out, id, "id %d of a vocabulary of %d", id, (int)rows[i].V);
        is_int((int64_t)block_id_bytes(rows[i].V), (int64_t)rows[i].bytes,
               "  in %d bytes", (int)rows[i].bytes);
        block_fini(&block);
    }
}

int main(void) {
    test_pairs();
    test_coverage();
    test_short();
    test_repeats();
    test_swapped();
    test_copies();
    test_width();
    return tap_done();
}
