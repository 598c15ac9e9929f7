/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: as many tokens are hidden as the rate says, on average; never a special one;
 * putting the labels back gives the original; over a million tokens the rate and the
 * split are those asked for, and every place is as likely as every other.  Of whole
 * words none is hidden in part. */
#include "src/data/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/data/mask_kind.h"
#include "src/text/tokenizer.h"
#include "tests/tap.h"

enum { CLS = 2, SEP = 3, MASK = 4, V = 1000, LENGTH = 128, LONGEST = 512 };

/* A count is one of two neighbours, and on average the exact product, or a bound. */
static const struct {
    int32_t length, candidates;
    double prob;
    int32_t least, most;
    double mean;
} counts[] = {
    {128, 125, .15, 19, 20, 19.2},
    {512, 509, .15, 76, 77, 76.8},
    {100, 97, .15, 15, 15, 15},
    {30, 27, .15, 4, 5, 4.5},
    {128, 125, .8, 102, 103, 102.4},
    {3, 1, .15, 1, 1, 1},
    {4, 1, .15, 1, 1, 1},
    {5, 2, .8, 2, 2, 2},
    {10, 7, .75, 7, 7, 7},
    {20, 17, .05, 1, 1, 1},
    {10, 7, .05, 1, 1, 1},
    {10, 7, .25, 2, 3, 2.5},
};

static int32_t ids[LONGEST], positions[LONGEST], labels[LONGEST], original[LONGEST];

/* Google's, of this vocabulary. */
static const struct mask_rules google = {.kind = &mask_tokens,
                                         .prob = .15,
                                         .replace = .8,
                                         .random = .1,
                                         .cls = CLS,
                                         .sep = SEP,
                                         .mask = MASK,
                                         .V = V};

/* Ordinary ids are 100 … 899, so that a random one can be told from them. */
static struct example make_example(int32_t length, int32_t split) {
    for (int32_t i = 0; i < length; i++)
        ids[i] = 100 + i;
    ids[0] = CLS;
    ids[split - 1] = ids[length - 1] = SEP;
    memcpy(original, ids, sizeof ids);
    return (struct example){.length = length,
                            .split = split,
                            .ids = ids,
                            .positions = positions,
                            .labels = labels};
}

static void test_counts(void) {
    enum { N = 10000 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct rng rng;
        double sum = 0;
        bool within = true;
        rng_init(&rng, 1, RNG_MASK, 2, i);
        for (int n = 0; n < N; n++) {
            int32_t count = mask_count(counts[i].length, counts[i].candidates,
                                       counts[i].prob, &rng);
            within = within && count >= counts[i].least && count <= counts[i].most;
            sum += count;
        }
        ok(within && fabs(sum / N - counts[i].mean) < .015, "%d tokens at %g: %.3f",
           counts[i].length, counts[i].prob, sum / N);
    }
}

/* One masked example; returns how many faults it has. */
static int check_example(const struct example *e) {
    int faults = 0;
    for (int32_t i = 0; i < e->masked; i++) {
        int32_t p = positions[i];
        faults += p <= 0 || p >= e->length - 1 || p == e->split - 1;
        faults += i > 0 && p <= positions[i - 1];
        faults += labels[i] != original[p];
        ids[p] = labels[i];
    }
    return faults + (memcmp(ids, original, (size_t)e->length * sizeof *ids) != 0);
}

static void test_places(void) {
    static const struct {
        int32_t length, split;
    } shapes[] = {{3, 3}, {5, 3}, {5, 5}, {40, 3}, {40, 38}, {128, 128}, {128, 64}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int faults = 0;
        for (uint64_t n = 0; n < 500; n++) {
            struct rng rng;
            struct example e = make_example(shapes[s].length, shapes[s].split);
            rng_init(&rng, 1, RNG_MASK, s, n);
            mask_example(&e, &google, &rng);
            int32_t special = e.split < e.length ? 3 : 2;
            int32_t most = (int32_t)(e.length * .15) + 1;
            faults += e.masked < 1 || e.masked > most || e.masked > e.length - special;
            faults += check_example(&e);
        }
        is_int(faults, 0,
               "length %d split %d: right places, unmasking gives the original",
               shapes[s].length, shapes[s].split);
    }
}

/* Every place of a million tokens: 614 times each, deviation 23. */
static void test_evenness(void) {
    enum { N = 4000 };
    int at[LENGTH] = {0}, off = 0;
    bool special = false, high = false;
    for (uint64_t n = 0; n < N; n++) {
        struct rng rng;
        struct example e = make_example(LENGTH, 60);
        rng_init(&rng, 1, RNG_MASK, 9, n);
        mask_example(&e, &google, &rng);
        for (int32_t i = 0; i < e.masked; i++) {
            int32_t id = ids[positions[i]];
            at[positions[i]]++;
            special = special || id < MASK;
            high = high || id >= 900;
        }
    }
    for (int i = 1; i < LENGTH - 1; i++)
        off += i != 59 && abs(at[i] - (int)(N * 19.2 / 125)) > 115;
    is_int(off, 0, "every place is as likely");
    ok(special && high, "random ids come from the whole vocabulary, special ones too");
}

/* Within three deviations of n draws of chance p. */
static void is_share(double count, double n, double p, const char *what) {
    double far = fabs(count - n * p), sigma = sqrt(n * p * (1 - p));
    ok(far <= 3 * sigma, "  %s: %.5f of %.0f for %g", what, count / n, n, p);
}

/* A million tokens in sequences of 128 and of all lengths from 20 to 512.  Ordinary ids
 * are 100 … 899 as before, but a random one is now and then the one that was there. */
static void test_shares(void) {
    static const struct {
        double prob, replace, random;
    } rows[] = {{.15, .8, .1}, {.3, .8, .1}, {.4, .8, .1}, {.8, .8, .1}, {.15, 1, 0},
                {.3, 1, 0},    {.4, 1, 0},   {.8, 1, 0},   {.05, 0, 1},  {.2, .5, 0}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct mask_rules rules = google;
        double tokens = 0, all = 0, masks = 0, random = 0;
        int faults = 0;
        rules.prob = rows[r].prob;
        rules.replace = rows[r].replace;
        rules.random = rows[r].random;
        for (uint64_t n = 0; tokens < 1e6; n++) {
            struct rng rng;
            rng_init(&rng, 7, RNG_MASK, r, n);
            int32_t length = 20 + (int32_t)rng_below(&rng, LONGEST - 19);
            if (n % 2 == 0) /* as examples that are full mostly have */
                length = 128;
            struct example e = make_example(length, length);
            mask_example(&e, &rules, &rng);
            tokens += length;
            all += e.masked;
            for (int32_t i = 0; i < e.masked; i++) {
                int32_t id = ids[positions[i]];
                masks += id == MASK;
                random += id != MASK && id != labels[i];
            }
            faults += check_example(&e);
        }
        is_int(faults, 0, "%g of them, %g to [MASK], %g random: right places",
               rows[r].prob, rows[r].replace, rows[r].random);
        is_share(all, tokens, rules.prob, "of the tokens");
        is_share(masks, all, rules.replace + rules.random / V, "[MASK]");
        is_share(random, all, rules.random * (V - 2) / V, "another token");
    }
}

/* Ids of 500 and more go on a word; words of 1 … 6 pieces, as short ones are
 * commoner. */
static struct example make_words(int32_t length, struct rng *rng, int *words) {
    struct example e = make_example(length, 1 + length / 2);
    for (int32_t i = 1, left = 0; i < length; i++) {
        if (original[i] == SEP) { /* words do not cross it: the next is whole */
            left = 0;
            continue;
        }
        ids[i] = left > 0 ? 500 + i % 400 : 100 + i % 400;
        *words += left == 0;
        left = left > 0 ? left - 1 : rng_u32(rng) % 3 ? 0 : (int)rng_below(rng, 6);
    }
    ids[e.split] =
        500; /* what a cut left of a word is one, as the [SEP] before ends it */
    memcpy(original, ids, sizeof ids);
    return e;
}

/* Words masked in part; *whole counts the others. */
static int split_words(const struct example *e, const bool *continues, int *whole) {
    bool taken[LONGEST] = {false};
    int split = 0;
    for (int32_t i = 0; i < e->masked; i++)
        taken[positions[i]] = true;
    for (int32_t i = 1; i < e->length; i++) {
        bool joined =
            continues[original[i]] && original[i - 1] != SEP && original[i - 1] != CLS;
        split += joined && taken[i] != taken[i - 1];
        *whole += taken[i] && !joined;
    }
    return split;
}

static void test_words(void) {
    static const double probs[] = {.15, .3, .8};
    static bool continues[V];
    for (int i = 500; i < V; i++)
        continues[i] = true;
    for (size_t p = 0; p < 3; p++) {
        struct mask_rules rules = google;
        int words = 0, split = 0, whole = 0, over = 0, faults = 0, short_of = 0;
        double tokens = 0, all = 0, masks = 0;
        rules.prob = probs[p];
        rules.kind = &mask_words;
        rules.continues = continues;
        for (uint64_t n = 0; words < 100000; n++) {
            struct rng rng;
            rng_init(&rng, 3, RNG_MASK, p, n);
            int32_t length = 20 + (int32_t)rng_below(&rng, 237);
            struct example e = make_words(length, &rng, &words);
            int32_t least = (int32_t)(length * probs[p]), most = least + 1;
            mask_example(&e, &rules, &rng);
            tokens += length, all += e.masked;
            over += e.masked > most, short_of += e.masked < least;
            for (int32_t i = 0; i < e.masked; i++)
                masks += ids[positions[i]] == MASK;
            split += split_words(&e, continues, &whole);
            faults += check_example(&e);
        }
        is_int(split + faults, 0, "%d words at %g: none masked in part", words,
               probs[p]);
        is_int(over, 0, "  never more than the target");
        ok(short_of < 50, "  %d sequences short of it, for lack of a short word",
           short_of);
        ok(whole > .5 * probs[p] * words, "  %d words masked", whole);
        is_share(all, tokens, probs[p], "of the tokens");
        is_share(masks, all, .8 + .1 / V, "[MASK], token by token");
    }
}

/* A CJK character is a word, as the tokenizer makes it one: its neighbour is never a
 * "##" piece of it, though the vocabulary has that too. */
static void test_cjk(void) {
    static const char text[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##want\n"
                               "\xe5\x8d\x9a\n\xe6\x8e\xa8\n##\xe6\x8e\xa8\n";
    const struct normalizer_options options = {true, true, true, true, false};
    struct vocab vocab;
    struct err err;
    struct ids encoded = {0};
    is_int(vocab_parse(&vocab, slice_of(text), "v.txt", &err), 0, "a vocabulary");
    struct tokenizer *tokenizer = tokenizer_create(&vocab, &options);
    tokenizer_encode(tokenizer, slice_of("\xe5\x8d\x9a\xe6\x8e\xa8unwant"), &encoded);
    int words = 0;
    for (size_t i = 0; i < encoded.count; i++)
        words += !vocab.continues[encoded.data[i]];
    ok(encoded.count == 4 && words == 3, "two characters and unwant are three words");
    tokenizer_destroy(tokenizer);
    ids_fini(&encoded);
    vocab_fini(&vocab);
}

/* Words as they are: one that is too long is passed over, but where all are, the
 * shortest is masked, whole, so that something is. */
static void test_too_long(void) {
    static const struct {
        int sizes[3]; /* pieces of each word */
        double prob;
        int masked;
    } rows[] = {{{4}, .15, 4},       /* [CLS] and [SEP] too: one to predict */
                {{4}, .8, 4},        /* four to predict: no more */
                {{4, 3, 4}, .15, 3}, /* one or two to predict: the shortest */
                {{9, 9, 9}, .05, 9}, {{1, 12}, .15, 1}, {{120}, .15, 120}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        static bool continues[V];
        struct mask_rules rules = google;
        int32_t at = 1;
        int faults = 0;
        memset(continues, false, sizeof continues);
        memset(continues + 100, true, LONGEST);
        rules.kind = &mask_words;
        rules.continues = continues;
        rules.prob = rows[r].prob;
        for (int w = 0; w < 3 && rows[r].sizes[w] > 0; at += rows[r].sizes[w++])
            continues[100 + at] = false;
        for (uint64_t n = 0; n < 50; n++) {
            struct rng rng;
            struct example e = make_example(at + 1, at + 1);
            int whole = 0;
            rng_init(&rng, 1, RNG_MASK, r, n);
            mask_example(&e, &rules, &rng);
            faults += e.masked != rows[r].masked + split_words(&e, continues, &whole);
            faults += check_example(&e);
        }
        is_int(faults, 0, "words of %d, %d, %d pieces at %g: %d masked",
               rows[r].sizes[0], rows[r].sizes[1], rows[r].sizes[2], rows[r].prob,
               rows[r].masked);
    }
    struct example empty = make_example(2, 2); /* [CLS] [SEP] */
    struct rng rng;
    rng_init(&rng, 1, RNG_MASK, 9, 9);
    mask_example(&empty, &google, &rng);
    is_int(empty.masked, 0, "nothing but special tokens: none");
}

static uint64_t bits_of(const struct mask_rules *rules) {
    uint64_t hash = 0;
    int words = 0;
    for (uint64_t n = 0; n < 2000; n++) {
        struct rng rng;
        rng_init(&rng, 5, RNG_TEST, 0, n);
        struct example e = make_words(5 + (int32_t)rng_below(&rng, 250), &rng, &words);
        rng_init(&rng, 11, RNG_MASK, 3, n);
        mask_example(&e, rules, &rng);
        size_t M = (size_t)e.masked * sizeof(int32_t);
        hash = hash64(ids, (size_t)e.length * sizeof *ids, hash);
        hash = hash64(positions, M, hash);
        hash = hash64(labels, M, hash);
    }
    return hash;
}
/* What runs of these kinds were trained with must not change: recorded when there were
 * no others. */
static void test_bits(void) {
    static const struct {
        const struct mask_kind *kind;
        double prob;
        uint64_t bits;
    } rows[] = {{&mask_tokens, .15, 0x618a8b91bb4ed2d4},
                {&mask_words, .15, 0x992b78e17a138881},
                {&mask_tokens, .8, 0x98da849e99f84138},
                {&mask_words, .8, 0x93036f25e8a2d228}};
    static bool continues[V];
    for (int i = 500; i < V; i++)
        continues[i] = true;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct mask_rules rules = google;
        rules.kind = rows[r].kind;
        rules.prob = rows[r].prob;
        rules.continues = continues;
        ok(bits_of(&rules) == rows[r].bits, "%s at %g: the masks they always were",
           rows[r].kind->name, rows[r].prob);
    }
}

static void test_key(void) {
    struct rng rng;
    int32_t first[LENGTH];
    struct example e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 7);
    mask_example(&e, &google, &rng);
    memcpy(first, ids, sizeof first);
    e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 7);
    mask_example(&e, &google, &rng);
    ok(memcmp(first, ids, sizeof first) == 0, "the same key, the same masks");
    e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 8);
    mask_example(&e, &google, &rng);
    ok(memcmp(first, ids, sizeof first) != 0, "the next example, other masks");
}

int main(void) {
    test_counts();
    test_places();
    test_evenness();
    test_shares();
    test_words();
    test_too_long();
    test_cjk();
    test_bits();
    test_key();
    return tap_done();
}
