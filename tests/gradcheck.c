/* SPDX-License-Identifier: Apache-2.0 */
/* Finite differences: see gradcheck.h. */
#include "tests/gradcheck.h"

#include <math.h>

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

double gradcheck_distance(const double *a, const double *b, size_t count,
                          double floor) {
    double difference = 0, norm = 0;
    for (size_t i = 0; i < count; i++) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return sqrt(difference) / fmax(sqrt(norm), floor);
}
