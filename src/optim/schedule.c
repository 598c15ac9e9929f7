/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rates: see schedule.h.  All warm up alike; a row says what comes behind. */
#include "src/optim/schedule.h"

#include <stddef.h>
#include <string.h>

#include "src/base/die.h"

/* The share of the highest rate at k, behind W steps of warm-up, of N steps in all. */
typedef double decay_fn(double k, double W, double N);

static double linear(double k, double W, double N) {
    return k >= N ? 0 : (N - k) / (N - W);
}

static double bert(double k, double W, double N) {
    (void)W;
    return k >= N ? 0 : 1 - k / N;
}

static double constant(double k, double W, double N) {
    (void)k, (void)W, (void)N;
    return 1;
}

static const struct {
    const char *name;
    decay_fn *decay;
} decays[] = {{"linear", linear}, {"bert", bert}, {"constant", constant}};

double schedule_rate(const struct schedule *schedule, int64_t step) {
    int64_t k = step - 1;
    CHECK(k >= 0);
    if (k < schedule->warmup_steps)
        return schedule->rate * (double)k / (double)schedule->warmup_steps;
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++)
        if (strcmp(decays[i].name, schedule->name) == 0)
            return schedule->rate * decays[i].decay((double)k,
                                                    (double)schedule->warmup_steps,
                                                    (double)schedule->total_steps);
    die("no schedule is called '%s'", schedule->name);
}
