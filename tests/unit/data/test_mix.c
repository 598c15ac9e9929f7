/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: weights ask for shares, which a temperature bends between equal and by size;
 * taking turns keeps every source within a document of its share, at any time, counting
 * what examples have of it. */
#include "src/data/mix.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

static struct manifest_shard shards[] = {
    {"a.tar.gz", 1000, 0}, /* 3 bytes of text a byte */
    {"b.txt", 3000, 0},
    {"c.tar.bz2", 150, 1}, /* 4 */
    {"d.jsonl", 0, 2},     /* nothing */
};

static const struct {
    const char *name;
    double weights[3], temperature; /* NaN: not set */
    double shares[3];
} rows[] = {
    {"as given", {.7, .2, .1}, NAN, {.7, .2, .1}},
    {"not adding up to 1", {14, 4, 2}, NAN, {.7, .2, .1}},
    {"by size", {1, 1, 1}, 1, {6000 / 6601., 600 / 6601., 1 / 6601.}},
    {"by weight and size", {1, 10, 1}, 1, {6000 / 12001., 6000 / 12001., 1 / 12001.}},
    {"by root of the size", {1, 1, 1}, 2, {.752367, .237919, .009713}},
    {"nearly equal", {1, 1, 1}, 1000, {1 / 3., 1 / 3., 1 / 3.}},
    {"the largest weights there are", {1e30, 1e30, 1e30}, 0.1, {1, 0, 0}},
    {"the least", {1e-30, 1e-30, 1e-30}, 0.1, {1, 0, 0}},
    {"far apart", {1e30, 1e-30, 1}, 0.1, {1, 0, 0}},
    {"a vanishing one still has its turn", {1, 1, 1e-30}, NAN, {.5, .5, 0}},
};

static void test_weights(void) {
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct source_spec specs[3] = {{0}};
        struct config config;
        config_init(&config);
        config.data_temperature = rows[r].temperature;
        for (int s = 0; s < 3; s++)
            specs[s].weight = rows[r].weights[s];
        const struct manifest manifest = {specs, 3, shards, 4};
        uint64_t *weights = mix_weights(&config, &manifest);
        double worst = 0, tolerance = rows[r].temperature > 10 ? .01 : 1e-6;
        int none = 0;
        for (int s = 0; s < 3; s++) {
            double off = fabs(mix_share(weights, 3, s) - rows[r].shares[s]);
            worst = fmax(worst, off);
            none += weights[s] == 0;
        }
        ok(worst < tolerance, "%s: shares %.6f %.6f %.6f", rows[r].name,
           mix_share(weights, 3, 0), mix_share(weights, 3, 1),
           mix_share(weights, 3, 2));
        is_int(none, 0, "  and none is 0");
        mem_free(weights);
        config_fini(&config);
    }
}

/* Documents of 1 … 500 tokens; after each, no source is further from its share than
 * the longest document. */
static void test_turns(void) {
    const uint64_t weights[] = {3006477107, 858993459, 429496730};
    struct source sources[3] = {{0}};
    struct rng rng;
    double all = 0, worst = 0;
    rng_init(&rng, 1, RNG_TEST, 0, 0);
    is_int(mix_turn(weights, sources, 3), 0, "the first turn is the first source's");
    for (int i = 0; i < 20000; i++) {
        int s = mix_turn(weights, sources, 3);
        uint64_t tokens = 1 + rng_below(&rng, 500);
        sources[s].bookmark.tokens += tokens;
        all += (double)tokens;
        for (int k = 0; k < 3; k++) {
            double asked = mix_share(weights, 3, k) * all;
            worst = fmax(worst, fabs((double)sources[k].bookmark.tokens - asked));
        }
    }
    ok(worst <= 1000, "at most %.0f tokens off, of %.0f", worst, all);
    for (int s = 0; s < 3; s++) /* what a run of years has read: no overflow */
        sources[s].bookmark.tokens = (uint64_t)1 << 60;
    sources[2].bookmark.tokens /= 16;
    is_int(mix_turn(weights, sources, 3), 0, "2^60 tokens are no trouble");
}

/* Of what the first source gave, examples had half: it is to give twice as much. */
static void test_yield(void) {
    static const struct {
        uint64_t tokens;
        int turn;
    } steps[] = {{1000, 0}, {1600, 0}, {1999, 0}, {2100, 1}, {4000, 1}};
    const uint64_t weights[] = {1, 1};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct source sources[2] = {
            {.before = 1000, .bookmark = {.tokens = steps[i].tokens, .used = 500}},
            {.before = 1000, .bookmark = {.tokens = 1000, .used = 1000}}};
        is_int(mix_turn(weights, sources, 2), steps[i].turn,
               "after %d tokens of a yield of a half", (int)steps[i].tokens);
    }
}

int main(void) {
    test_weights();
    test_turns();
    test_yield();
    return tap_done();
}
