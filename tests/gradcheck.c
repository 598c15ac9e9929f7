/* SPDX-License-Identifier: Apache-2.0 */
/* Finite differences: see gradcheck.h. */
#include "tests/gradcheck.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"

static double central(double *x, double step, gradcheck_fn *value, void *context) {
    double kept = *x;
    *x = kept + step;
    double above = value(context);
    *x = kept - step;
    double below = value(context);
    *x = kept;
    return (above - below) / (2 * step);
}

double gradcheck_error(const struct gradcheck *check, gradcheck_fn *value,
                       void *context) {
    size_t n = check->samples < check->count ? check->samples : check->count;
    double difference = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i * check->count / n;
        double d =
            central(&check->x[at], check->step, value, context) - check->grad[at];
        difference += d * d;
        norm += check->grad[at] * check->grad[at];
    }
    return sqrt(difference) / fmax(sqrt(norm), check->floor);
}

/* A random unit vector; owned. */
static double *direction(size_t n) {
    double *v = mem_alloc(n, sizeof *v), norm = 0;
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, 4, 0);
    for (size_t i = 0; i < n; i++) {
        v[i] = rng_normal(&rng);
        norm += v[i] * v[i];
    }
    for (size_t i = 0; i < n; i++)
        v[i] /= sqrt(norm);
    return v;
}

double gradcheck_along(const struct gradcheck *check, gradcheck_fn *value,
                       void *context) {
    size_t n = check->count;
    double *v = direction(n), *kept = mem_alloc(n, sizeof *kept);
    double slope = 0, norm = 0, values[2];
    memcpy(kept, check->x, n * sizeof *kept);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            check->x[i] = kept[i] + (side ? -check->step : check->step) * v[i];
        values[side] = value(context);
    }
    memcpy(check->x, kept, n * sizeof *kept);
    for (size_t i = 0; i < n; i++) {
        slope += check->grad[i] * v[i];
        norm += check->grad[i] * check->grad[i];
    }
    mem_free(v);
    mem_free(kept);
    return fabs((values[0] - values[1]) / (2 * check->step) - slope) /
           fmax(sqrt(norm), check->floor);
}

double gradcheck_distance(const double *a, const double *b, size_t count,
                          double floor) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < count; i++) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return sqrt(difference) / fmax(sqrt(norm), floor);
}
