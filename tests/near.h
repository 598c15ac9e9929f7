/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of numbers that should be nearly equal.  Each comparison has two thresholds:
 * above `warn` it is told, with the worst place, above `pass` it fails.  The error of
 * an element is |got - want| / (|want| + floor): relative for large values, absolute
 * (in units of floor) for those below the floor. */
#ifndef MPIBERT_TESTS_NEAR_H
#define MPIBERT_TESTS_NEAR_H

#include <stdbool.h>
#include <stdint.h>

struct near_limits {
    double floor, warn, pass;
};

/* One verdict of tap.h for all n.  A NaN on one side alone fails. */
bool near_f32(int64_t n, const float *got, const double *want,
              struct near_limits limits, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
bool near_f64(int64_t n, const double *got, const double *want,
              struct near_limits limits, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
