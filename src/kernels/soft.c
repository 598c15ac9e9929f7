/* SPDX-License-Identifier: Apache-2.0 */
/* Kullback and Leibler's divergence of two softmaxes: see soft.h.  Each is taken
 * relative to its largest logit; sums over a vocabulary are in double. */
#include "src/kernels/soft.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/largest.h"

KERNEL(soft_largest, (int64_t n, const float *x, float *largest), (n, x, largest)) {
    *largest = row_largest(n, x);
}

/* y = e^((x - largest) / τ), and *sum that of all; y may be x. */
KERNEL(soft_exp,
       (int64_t n, float inverse, float largest, const float *x, float *y, double *sum),
       (n, inverse, largest, x, y, sum)) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < n; j++) {
        float e = approx_exp(inverse * (x[j] - largest));
        y[j] = e;
        total += (double)e;
    }
    *sum = total;
}

/* Σ q (a - b). */
KERNEL(soft_dot,
       (int64_t n, const float *q, const float *a, const float *b, double *dot),
       (n, q, a, b, dot)) {
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < n; j++)
        total += (double)q[j] * ((double)a[j] - (double)b[j]);
    *dot = total;
}

/* x = a x - b q. */
KERNEL(soft_blend, (int64_t n, float a, float b, const float *q, float *x),
       (n, a, b, q, x)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        x[j] = a * x[j] - b * q[j];
}

KERNEL(soft_scale, (int64_t n, float a, float *x), (n, a, x)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        x[j] *= a;
}

/* Σ q (t - x) over the classes that count. */
static double miss(const struct soft_target *t, const float *x, const float *q) {
    double dot = 0;
    if (t->at == NULL)
        soft_dot(t->count, q, t->logits, x, &dot);
    for (int64_t k = 0; t->at && k < t->count; k++)
        dot += (double)q[k] * ((double)t->logits[k] - (double)x[t->at[k]]);
    return dot;
}

/* x (n), by now exponentials, = a x - b q, where q counts. */
static void blend(const struct soft_target *t, int64_t n, float a, float b,
                  const float *q, float *x) {
    int64_t own = t->at ? 0 : t->count;
    soft_blend(own, a, b, q, x);
    soft_scale(n - own, a, x + own);
    for (int64_t k = 0; t->at && k < t->count; k++)
        x[t->at[k]] -= b * q[k];
}

double soft_row(const struct soft_target *t, int64_t n, float scale, float *x,
                float *q) {
    double theirs, own, tau = (double)t->temperature;
    float most, their_most, inverse = 1 / t->temperature;
    if (t->count == 0) {
        memset(x, 0, (size_t)n * sizeof *x);
        return 0;
    }
    soft_largest(t->count, t->logits, &their_most);
    soft_largest(n, x, &most);
    soft_exp(t->count, inverse, their_most, t->logits, q, &theirs);
    double dot = miss(t, x, q) / theirs;
    soft_exp(n, inverse, most, x, x, &own);
    if (scale != 0)
        blend(t, n, (float)(scale * tau / own), (float)(scale * tau / theirs), q, x);
    return tau * (dot + (double)most - (double)their_most) +
           tau * tau * (log(own) - log(theirs));
}
