/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the rate at a step is a row of the formulas in schedule.h; steps count from 1,
 * the first has rate 0 if there is warm-up, none is negative, and step 0 or an unknown
 * name is a bug. */
#include "src/optim/schedule.h"

#include <math.h>
#include <stddef.h>

#include "tests/dies.h"
#include "tests/tap.h"

static const struct {
    const char *name;
    int64_t warmup, total, step;
    double want; /* of a highest rate of 1 */
} rows[] = {
    {"linear", 10, 110, 1, 0},
    {"linear", 10, 110, 6, 0.5},
    {"linear", 10, 110, 10, 0.9},
    {"linear", 10, 110, 11, 1},
    {"linear", 10, 110, 61, 0.5},
    {"linear", 10, 110, 110, 0.01},
    {"linear", 10, 110, 111, 0},
    {"linear", 10, 110, 1000, 0},
    {"linear", 0, 4, 1, 1},
    {"linear", 0, 4, 2, 0.75},
    {"linear", 5, 5, 5, 0.8},
    {"linear", 5, 5, 6, 0}, /* nothing to decay over */
    {"linear", 8, 5, 8, 0.875},
    {"linear", 8, 5, 9, 0},
    {"bert", 10, 100, 1, 0},
    {"bert", 10, 100, 6, 0.5},
    {"bert", 10, 100, 11, 0.9}, /* Google's jump at the end of warm-up */
    {"bert", 10, 100, 51, 0.5},
    {"bert", 10, 100, 100, 0.01},
    {"bert", 10, 100, 101, 0},
    {"constant", 4, 10, 1, 0},
    {"constant", 4, 10, 2, 0.25},
    {"constant", 4, 10, 5, 1},
    {"constant", 4, 10, 999, 1},
    {"constant", 0, 0, 1, 1},
    /* f 0.1, power 2, D 40: the formulas of transformers (get_cosine_with_min_lr_…,
     * get_polynomial_decay_…) and of wsd, worked out in double precision */
    {"cosine", 10, 110, 6, 0.5},
    {"cosine", 10, 110, 11, 1},
    {"cosine", 10, 110, 36, 0.86819805153394639},
    {"cosine", 10, 110, 61, 0.55},
    {"cosine", 10, 110, 111, 0.1},
    {"cosine", 10, 110, 500, 0.1},
    {"cosine", 5, 5, 6, 0.1}, /* nothing to decay over */
    {"polynomial", 10, 110, 11, 1},
    {"polynomial", 10, 110, 36, 0.60625},
    {"polynomial", 10, 110, 61, 0.325},
    {"polynomial", 10, 110, 111, 0.1},
    {"wsd", 10, 110, 1, 0},
    {"wsd", 10, 110, 11, 1},
    {"wsd", 10, 110, 71, 1},
    {"wsd", 10, 110, 72, 0.9775},
    {"wsd", 10, 110, 91, 0.55},
    {"wsd", 10, 110, 110, 0.1225},
    {"wsd", 10, 110, 111, 0.1},
    /* t = 0, W - 1, W, W + 1, T, which are steps 1, 10, 11, 12, 111 */
    {"cosine", 10, 110, 1, 0},
    {"cosine", 10, 110, 10, 0.9},
    {"cosine", 10, 110, 12, 0.99977795216457921},
    {"cosine", 10, 110, 110, 0.10022204783542078},
    {"polynomial", 10, 110, 1, 0},
    {"polynomial", 10, 110, 10, 0.9},
    {"polynomial", 10, 110, 12, 0.98209},
    {"polynomial", 10, 110, 110, 0.10009},
    {"wsd", 10, 110, 10, 0.9},
    {"wsd", 10, 110, 12, 1},
    {"wsd", 10, 110, 1000, 0.1},
    {"wsd", 90, 110, 91, 0.55}, /* D reaches into warm-up */
};

static void ask(void *context) {
    const struct schedule *schedule = context;
    schedule_rate(schedule, schedule->total_steps);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct schedule schedule = {
            rows[i].name, 2e-4, rows[i].warmup, rows[i].total, 0.1, 2, 40};
        double rate = schedule_rate(&schedule, rows[i].step);
        ok(fabs(rate - 2e-4 * rows[i].want) < 1e-16, "%s, W %d, N %d, step %d: %g",
           rows[i].name, (int)rows[i].warmup, (int)rows[i].total, (int)rows[i].step,
           rows[i].want);
    }
    struct schedule before = {.name = "linear", .rate = 1},
                    unknown = {.name = "sine", .rate = 1, .total_steps = 5};
    ok(dies(ask, &before), "there is no step 0");
    ok(dies(ask, &unknown), "there is no sine");
    return tap_done();
}
