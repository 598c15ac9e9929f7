/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the best epoch is the first of the highest score, whatever is not a number;
 * and with patience p a fine-tuning ends p epochs after it, not one sooner or later. */
#include "src/tune/watch.h"

#include <math.h>
#include <stddef.h>

#include "tests/tap.h"

enum { MOST = 6 };

static const struct row {
    const char *what;
    double scores[MOST];
    int count, patience;
    int64_t best, over; /* after which epoch it is over; 0: it goes on */
} rows[] = {
    {"rising", {.1, .2, .3, .4}, 4, 1, 4, 0},
    {"falling", {.4, .3, .2}, 3, 2, 1, 3},
    {"one bad epoch is forgiven", {.1, .3, .2, .4, .3}, 5, 2, 4, 0},
    {"two are not", {.1, .3, .2, .3}, 4, 2, 2, 4},
    {"equal is no better", {.5, .5}, 2, 1, 1, 2},
    {"no number is worst", {NAN, .1, NAN}, 3, 1, 2, 3},
    {"a negative one is better than none", {NAN, -.5}, 2, 1, 2, 0},
    {"none at all", {NAN, NAN, NAN}, 3, 2, 1, 3},
};

static void check(const struct row *row) {
    struct watch w = {0};
    int64_t over = 0, best = 0;
    for (int i = 0; i < row->count && over == 0; i++) {
        if (watch_add(&w, row->scores[i]))
            best = i + 1;
        over = watch_is_over(&w, row->patience) ? w.epochs : 0;
    }
    is_int(w.best, row->best, "%s: the best", row->what);
    is_int(best, row->best, "  which was said when it came");
    is_int(over, row->over, "  and the end");
    watch_fini(&w);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
    return tap_done();
}
