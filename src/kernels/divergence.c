/* SPDX-License-Identifier: Apache-2.0 */
/* Divergence from a sparse distribution: see divergence.h.  With s = Σ q, which is 1
 * but for its rounding, the loss is Σ q ln q - Σ q x + s ln Σ e^x, and its gradient
 * s p - q. */
#include "src/kernels/divergence.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/largest.h"

/* x = e^(x - largest), and the sum of all. */
KERNEL(divergence_exp, (int64_t n, float *x, float *largest, double *sum),
       (n, x, largest, sum)) {
    const float most = row_largest(n, x);
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < n; j++) {
        float e = approx_exp(x[j] - most);
        x[j] = e;
        total += (double)e;
    }
    *largest = most;
    *sum = total;
}

KERNEL(divergence_scale, (int64_t n, float a, float *x), (n, a, x)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        x[j] *= a;
}

double divergence_row(const struct divergence_target *t, int64_t n, float scale,
                      float *x) {
    double total = 0, loss = 0, sum;
    float largest;
    if (t->count == 0) {
        memset(x, 0, (size_t)n * sizeof *x);
        return 0;
    }
    for (int64_t k = 0; k < t->count; k++) {
        double q = (double)t->q[k];
        total += q;
        loss += q * (log(q) - (double)x[t->at[k]]);
    }
    divergence_exp(n, x, &largest, &sum);
    divergence_scale(n, (float)(scale * total / sum), x);
    for (int64_t k = 0; k < t->count; k++)
        x[t->at[k]] -= scale * t->q[k];
    return loss + total * (log(sum) + (double)largest);
}
