/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: Philox must give its published known answers; what is drawn from it must stay
 * in range, be a permutation, and be a function of its place alone. */
#include "src/base/rng.h"

#include <math.h>
#include <string.h>

#include "tests/tap.h"

/* kat_vectors of Random123 for philox4x32-10 */
static const struct {
    uint32_t counter[4], key[2], want[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{~0u, ~0u, ~0u, ~0u},
     {~0u, ~0u},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void test_known_answers(void) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        philox4x32(known[i].counter, known[i].key, out);
        ok(memcmp(out, known[i].want, sizeof out) == 0, "philox known answer %zu", i);
    }
}

static void test_draws(void) {
    struct rng rng, again;
    rng_init(&rng, 7, RNG_TEST, 1, 2);
    bool in_range = true;
    int seen[5] = {0};
    for (int i = 0; i < 5000; i++) {
        uint64_t x = rng_below(&rng, 5);
        in_range = in_range && x < 5;
        seen[x % 5]++;
    }
    ok(in_range, "rng_below stays below");
    for (int i = 0; i < 5; i++)
        ok(seen[i] > 850 && seen[i] < 1150, "value %d comes a fifth of the time", i);
    double sum = 0, squares = 0;
    for (int i = 0; i < 20000; i++) {
        double x = rng_normal(&rng);
        sum += x, squares += x * x;
    }
    ok(fabs(sum / 20000) < 0.03, "normal: mean 0");
    ok(fabs(squares / 20000 - 1) < 0.05, "normal: variance 1");
    uint32_t order[100];
    bool there[100] = {false};
    rng_permutation(&rng, order, 100);
    int different = 0;
    for (int i = 0; i < 100; i++)
        different += !there[order[i]], there[order[i]] = true;
    is_int(different, 100, "a permutation has everything once");
    rng_init(&rng, 7, RNG_TEST, 1, 2);
    rng_init(&again, 7, RNG_TEST, 1, 2);
    ok(rng_u64(&rng) == rng_u64(&again), "the same place, the same number");
    rng_init(&again, 7, RNG_TEST, 2, 1);
    ok(rng_u64(&rng) != rng_u64(&again), "another place, another number");
}

int main(void) {
    test_known_answers();
    test_draws();
    return tap_done();
}
