/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax row by row: a row of attention fits the first cache, so its three passes cost
 * one trip to memory.  The first finds the largest, which is subtracted so that nothing
 * overflows; what is e^-64 of it or less becomes 0, not a denormal. */
#include "src/kernels/softmax.h"

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/largest.h"

KERNEL(softmax_forward_rows,
       (int64_t rows, int64_t n, int64_t ld, float scale, float *x),
       (rows, n, ld, scale, x)) {
    for (int64_t i = 0; i < rows; i++, x += ld) {
        float largest = scale * row_largest(n, x), sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < n; j++) {
            x[j] = approx_exp(scale * x[j] - largest);
            sum += x[j];
        }
        float inverse = 1.0f / sum;
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            x[j] *= inverse;
    }
}

KERNEL(softmax_backward_rows,
       (int64_t rows, int64_t n, int64_t ld, float scale, const float *p,
        const float *dp, float *dx),
       (rows, n, ld, scale, p, dp, dx)) {
    for (int64_t i = 0; i < rows; i++, p += ld, dp += ld, dx += ld) {
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (int64_t j = 0; j < n; j++)
            dot += p[j] * dp[j];
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            dx[j] = scale * p[j] * (dp[j] - dot);
    }
}

void softmax_forward(int64_t rows, int64_t n, int64_t ld, float scale, float *x) {
    CHECK(scale > 0 && (n > 0 || rows == 0));
    softmax_forward_rows(rows, n, ld, scale, x);
}

void softmax_backward(int64_t rows, int64_t n, int64_t ld, float scale, const float *p,
                      const float *dp, float *dx) {
    softmax_backward_rows(rows, n, ld, scale, p, dp, dx);
}
