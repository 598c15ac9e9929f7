/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison of arrays: see near.h. */
#include "tests/near.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/tap.h"

/* The worst element so far. */
struct worst {
    int64_t at;
    double error, got, want;
};

static double near_error(double got, double want, double floor) {
    if (got == want || (isnan(got) && isnan(want)))
        return 0;
    double error = fabs(got - want) / (fabs(want) + floor);
    return isnan(error) ? INFINITY : error;
}

static void near_add(struct worst *worst, int64_t at, double got, double want,
                     double floor) {
    double error = near_error(got, want, floor);
    if (worst->at < 0 || error > worst->error)
        *worst = (struct worst){at, error, got, want};
}

static bool near_judge(int64_t n, const struct worst *worst, struct near_limits limits,
                       const char *name) {
    bool good = worst->error <= limits.pass;
    if (worst->error > limits.warn)
        diag("%s: worst at %lld of %lld: got %.9g, want %.9g, error %.3g (warn %.3g, "
             "pass "
             "%.3g)",
             name, (long long)worst->at, (long long)n, worst->got, worst->want,
             worst->error, limits.warn, limits.pass);
    return ok(good, "%s", name);
}

bool near_f32(int64_t n, const float *got, const double *want,
              struct near_limits limits, const char *format, ...) {
    struct worst worst = {.at = -1};
    for (int64_t i = 0; i < n; i++)
        near_add(&worst, i, (double)got[i], want[i], limits.floor);
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return near_judge(n, &worst, limits, name);
}

bool near_f64(int64_t n, const double *got, const double *want,
              struct near_limits limits, const char *format, ...) {
    struct worst worst = {.at = -1};
    for (int64_t i = 0; i < n; i++)
        near_add(&worst, i, got[i], want[i], limits.floor);
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    return near_judge(n, &worst, limits, name);
}
