/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: as many tokens are hidden as Python's round() says; never a special one;
 * putting the labels back gives the original; over many examples 80 % are [MASK], 10 %
 * the same, 10 % any id, and every place is as likely as every other. */
#include "src/data/mask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

enum { CLS = 2, SEP = 3, MASK = 4, V = 1000, LENGTH = 128 };

/* wanted values are Python's max(1, round(length * prob)), cut to the candidates */
static const struct {
    int32_t length, candidates;
    double prob;
    int32_t want;
} counts[] = {
    {128, 125, .15, 19}, {30, 27, .15, 4},    {10, 7, .15, 2},     {50, 47, .15, 8},
    {70, 67, .15, 10},   {90, 87, .15, 14},   {110, 107, .15, 16}, {3, 1, .15, 1},
    {4, 1, .15, 1},      {512, 509, .15, 77}, {10, 7, .9, 7},      {5, 2, .9, 2},
    {100, 97, .01, 1},   {3, 1, .9, 1},       {10, 7, .25, 2},     {14, 11, .25, 4},
};

static int32_t ids[LENGTH], positions[LENGTH], labels[LENGTH], original[LENGTH];

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
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        is_int(mask_count(counts[i].length, counts[i].candidates, counts[i].prob),
               counts[i].want, "%d tokens at %g", counts[i].length, counts[i].prob);
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
    const struct mask_rules rules = {.prob = .15, .mask_id = MASK, .V = V};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int faults = 0;
        for (uint64_t n = 0; n < 500; n++) {
            struct rng rng;
            struct example e = make_example(shapes[s].length, shapes[s].split);
            rng_init(&rng, 1, RNG_MASK, s, n);
            mask_example(&e, &rules, &rng);
            int32_t special = e.split < e.length ? 3 : 2;
            faults += e.masked != mask_count(e.length, e.length - special, .15);
            faults += check_example(&e);
        }
        is_int(faults, 0,
               "length %d split %d: right places, unmasking gives the original",
               shapes[s].length, shapes[s].split);
    }
}

static void test_shares(void) {
    enum { N = 4000 };
    const struct mask_rules rules = {.prob = .15, .mask_id = MASK, .V = V};
    int at[LENGTH] = {0}, masks = 0, kept = 0, random = 0, all = 0;
    bool special = false, high = false;
    for (uint64_t n = 0; n < N; n++) {
        struct rng rng;
        struct example e = make_example(LENGTH, 60);
        rng_init(&rng, 1, RNG_MASK, 9, n);
        mask_example(&e, &rules, &rng);
        for (int32_t i = 0; i < e.masked; i++) {
            int32_t id = ids[positions[i]];
            at[positions[i]]++, all++;
            masks += id == MASK;
            kept += id == labels[i];
            random += id != MASK && id != labels[i];
            special = special || id < MASK;
            high = high || id >= 900;
        }
    }
    ok(fabs(masks / (double)all - .8) < .005, "80 %% become [MASK]: %d of %d", masks,
       all);
    ok(fabs(kept / (double)all - .1) < .005, "10 %% stay: %d", kept);
    ok(fabs(random / (double)all - .1) < .005, "10 %% become random: %d", random);
    ok(special && high, "random ids come from the whole vocabulary, special ones too");
    int off = 0;
    for (int i = 1; i < LENGTH - 1; i++) /* 608 each, deviation 23 */
        off += i != 59 && abs(at[i] - N * 19 / 125) > 115;
    is_int(off, 0, "every place is as likely");
}

static void test_key(void) {
    const struct mask_rules rules = {.prob = .15, .mask_id = MASK, .V = V};
    struct rng rng;
    int32_t first[LENGTH];
    struct example e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 7);
    mask_example(&e, &rules, &rng);
    memcpy(first, ids, sizeof ids);
    e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 7);
    mask_example(&e, &rules, &rng);
    ok(memcmp(first, ids, sizeof ids) == 0, "the same key, the same masks");
    e = make_example(LENGTH, 60);
    rng_init(&rng, 1, RNG_MASK, 1, 8);
    mask_example(&e, &rules, &rng);
    ok(memcmp(first, ids, sizeof ids) != 0, "the next example, other masks");
}

int main(void) {
    test_counts();
    test_places();
    test_shares();
    test_key();
    return tap_done();
}
