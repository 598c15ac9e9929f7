/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: random additions and removals against a plain table of counts: the pair taken
 * must always be the best of the table, in the total order, with its words. */
#include "src/text/merges.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { SYMBOLS = 12, ROUNDS = 400 };

static uint64_t table[SYMBOLS][SYMBOLS];

/* Names in another order than the numbers: "##k", "##j", … */
static void name_symbols(struct symbols *symbols) {
    for (int i = 0; i < SYMBOLS; i++) {
        char name[4] = {'#', '#', (char)('a' + SYMBOLS - 1 - i), 0};
        is_int(symbols_put(symbols, slice_of(name)), i, "%s is symbol %d", name, i);
    }
    is_int(symbols_put(symbols, slice_of("##a")), SYMBOLS - 1, "a name has one number");
    is_int(symbols->count, SYMBOLS, "and is there once");
}

/* The best of the table: greater numbers come first among equals, as the names say. */
static bool best_of_table(uint64_t min_count, uint32_t *left, uint32_t *right) {
    uint64_t best = 0;
    for (uint32_t a = SYMBOLS; a-- > 0;)
        for (uint32_t b = SYMBOLS; b-- > 0;)
            if (table[a][b] >= min_count && table[a][b] > best)
                best = table[a][b], *left = a, *right = b;
    return best > 0;
}

static void change_some(struct merges *merges, struct rng *rng, int changes) {
    for (int i = 0; i < changes; i++) {
        uint32_t a = (uint32_t)rng_below(rng, SYMBOLS),
                 b = (uint32_t)rng_below(rng, SYMBOLS);
        uint64_t count = rng_below(rng, 4);
        if (rng_below(rng, 3) > 0) {
            merges_add(merges, a, b, 10 * a + b, count);
            table[a][b] += count;
        } else if (table[a][b] >= count) {
            merges_remove(merges, a, b, count);
            table[a][b] -= count;
        }
    }
}

int main(void) {
    struct symbols symbols = {0};
    struct merges merges;
    struct merge merge;
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, 0, 0);
    name_symbols(&symbols);
    merges_init(&merges, &symbols, false);
    ok(!merges_take(&merges, 1, &merge), "nothing to take at first");
    int wrong = 0, wrong_words = 0, taken = 0;
    for (int round = 0; round < ROUNDS; round++) {
        change_some(&merges, &rng, (int)rng_below(&rng, 20));
        uint32_t left = 0, right = 0;
        bool want = best_of_table(2, &left, &right);
        bool got = merges_take(&merges, 2, &merge);
        wrong += got != want;
        if (!got || !want)
            continue;
        taken++;
        wrong += merge.left != left || merge.right != right;
        wrong_words += merge.word_count != 1 || merge.words[0] != 10 * left + right;
        mem_free(merge.words);
        merges_remove(&merges, left, right, table[left][right]);
        table[left][right] = 0;
    }
    ok(taken > ROUNDS / 2, "%d pairs taken", taken);
    is_int(wrong, 0, "always the best");
    is_int(wrong_words, 0, "with the words it was seen in");
    merges_fini(&merges);
    symbols_fini(&symbols);
    return tap_done();
}
