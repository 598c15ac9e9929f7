/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rates: see schedule.h.  All warm up alike; a row says what comes after. */
#include "src/optim/schedule.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "src/base/die.h"

static const double PI = 3.14159265358979323846;

/* The share of the highest rate at k >= W. */
typedef double decay_fn(const struct schedule *s, double k);

/* How much of the decay from `begin` to the end is done: 0 to 1. */
static double progress(const struct schedule *s, double begin, double k) {
    double N = (double)s->total_steps;
    return k >= N ? 1 : (k - begin) / (N - begin);
}

/* Down to the final share: `left` goes from 1 to 0. */
static double fall(const struct schedule *s, double left) {
    return s->final + (1 - s->final) * left;
}

static double linear(const struct schedule *s, double k) {
    double W = (double)s->warmup_steps, N = (double)s->total_steps;
    return k >= N ? 0 : (N - k) / (N - W);
}

static double bert(const struct schedule *s, double k) {
    double N = (double)s->total_steps;
    return k >= N ? 0 : 1 - k / N;
}

static double constant(const struct schedule *s, double k) {
    (void)s, (void)k;
    return 1;
}

static double cosine(const struct schedule *s, double k) {
    double done = progress(s, (double)s->warmup_steps, k);
    return fall(s, 0.5 * (1 + cos(PI * done)));
}

static double polynomial(const struct schedule *s, double k) {
    return fall(s, pow(1 - progress(s, (double)s->warmup_steps, k), s->power));
}

/* Warm-up, stable, decay: the last decay_steps fall linearly. */
static double wsd(const struct schedule *s, double k) {
    double begin = (double)(s->total_steps - s->decay_steps);
    return k <= begin ? 1 : fall(s, 1 - progress(s, begin, k));
}

static const struct {
    const char *name;
    decay_fn *decay;
} decays[] = {{"linear", linear},         {"bert", bert},
              {"constant", constant},     {"cosine", cosine},
              {"polynomial", polynomial}, {"wsd", wsd}};

double schedule_rate(const struct schedule *schedule, int64_t step) {
    int64_t k = step - 1;
    CHECK(k >= 0);
    if (k < schedule->warmup_steps)
        return schedule->rate * (double)k / (double)schedule->warmup_steps;
    for (size_t i = 0; i < sizeof decays / sizeof *decays; i++)
        if (strcmp(decays[i].name, schedule->name) == 0)
            return schedule->rate * decays[i].decay(schedule, (double)k);
    die("no schedule is called '%s'", schedule->name);
}
