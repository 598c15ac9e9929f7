/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of tables of speeds those are slow that are much slower than the middle one;
 * who is fast, or did nothing, never is. */
#include "src/train/stragglers.h"

#include "tests/tap.h"

enum { RANKS = 5 };

int main(void) {
    static const struct {
        const char *what;
        double speeds[RANKS];
        int count;
        unsigned slow; /* a bit a rank */
    } rows[] = {
        {"all alike", {10, 10, 10, 10, 10}, 5, 0},
        {"one is slow", {10, 11, 7, 10, 10}, 5, 1 << 2},
        {"one is a little slower", {10, 10, 8, 10, 10}, 5, 0},
        {"one is fast", {10, 10, 10, 30, 10}, 5, 0},
        {"two are slow", {5, 10, 10, 10, 5}, 5, 1 | 1 << 4},
        {"one did nothing", {10, 0, 10, 10, 10}, 5, 0},
        {"of two", {10, 5}, 2, 1 << 1},
        {"one alone", {10}, 1, 0},
        {"nobody did anything", {0, 0}, 2, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool slow[RANKS] = {false};
        unsigned found = 0;
        stragglers_find(rows[i].speeds, rows[i].count, slow);
        for (int r = 0; r < rows[i].count; r++)
            found |= (unsigned)slow[r] << r;
        is_int(found, rows[i].slow, "%s", rows[i].what);
    }
    return tap_done();
}
