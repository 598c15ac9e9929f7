/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: fractions whose order is known, among them such as doubles and 128 bits cannot
 * tell apart; each row is compared both ways. */
#include "src/text/score.h"

#include <stddef.h>

#include "tests/tap.h"

#define BIG 0xFFFFFFFFFFFFFFFFu

static const struct {
    struct {
        uint64_t count, a, b;
    } x, y;
    int want;
} rows[] = {
    {{1, 1, 1}, {1, 1, 1}, 0},
    {{2, 1, 1}, {1, 1, 1}, 1},
    {{1, 2, 3}, {1, 6, 1}, 0},
    {{1, 2, 3}, {2, 4, 3}, 0},
    {{2, 3, 5}, {3, 5, 5}, 1}, /* 2/15 and 3/25 */
    {{BIG, BIG, BIG}, {1, BIG, 1}, 0},
    {{BIG, BIG, BIG}, {1, BIG - 1, 1}, -1},
    {{BIG, BIG, BIG - 1}, {BIG - 1, BIG, BIG}, 1},
    {{BIG - 1, BIG, BIG}, {BIG - 2, BIG, BIG - 1}, 1}, /* (n-1)/n and (n-2)/(n-1) */
    {{1, BIG, BIG}, {1, BIG, BIG - 1}, -1},
    {{0, 1, 1}, {1, BIG, BIG}, -1},
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct score x = score_of_ratio(rows[i].x.count, rows[i].x.a, rows[i].x.b);
        struct score y = score_of_ratio(rows[i].y.count, rows[i].y.a, rows[i].y.b);
        is_int(score_compare(x, y), rows[i].want, "row %zu", i);
        is_int(score_compare(y, x), -rows[i].want, "row %zu, turned", i);
    }
    is_int(score_compare(score_of_count(BIG), score_of_count(BIG - 1)), 1, "counts");
    is_int(score_compare(score_of_count(7), score_of_ratio(7, 1, 1)), 0, "over one");
    return tap_done();
}
