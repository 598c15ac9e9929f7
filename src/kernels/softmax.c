/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax row by row: a row of attention fits the first cache, so its passes cost one
 * trip to memory.  The first finds the largest, which is subtracted so that nothing
 * overflows; what is e^-64 of it or less becomes 0, not a denormal. */
#include "src/kernels/softmax.h"

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/dropout_row.h"
#include "src/kernels/largest.h"
#include "src/kernels/number.h"

/* p may be x. */
KERNEL_INLINE void softmax_row(int64_t n, float scale, float *x, float *p) {
    float largest = scale * row_largest(n, x), sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++) {
        x[j] = approx_exp(scale * x[j] - largest);
        sum += x[j];
    }
    float inverse = 1.0f / sum;
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        p[j] = x[j] * inverse;
}

/* Elements j … j+n-1 of row i of what dropout makes of p. */
KERNEL_INLINE void softmax_drop_part(const struct softmax_drop *drop, int64_t bytes,
                                     int64_t i, int64_t j, int64_t n, const float *p,
                                     float *room) {
    struct matrix to = matrix_from(drop->to, i, j);
    float *made = number_begin(to, room);
    dropout_row(n, drop->keep + i * bytes + j / 8, drop->scale, p, made);
    number_end(to, n, made);
}

KERNEL(softmax_forward_rows,
       (int64_t rows, int64_t n, float scale, struct matrix x, struct matrix p,
        const struct softmax_drop *drop),
       (rows, n, scale, x, p, drop)) {
    for (int64_t i = 0; i < rows; i++) {
        struct matrix to = matrix_from(p, i, 0);
        float *row = matrix_from(x, i, 0).at, *made = number_begin(to, row);
        softmax_row(n, scale, row, made);
        number_end(to, n, made);
        if (drop)
            softmax_drop_part(drop, (n + 7) / 8, i, 0, n, number_open(to, n, row), row);
    }
}

KERNEL_INLINE float softmax_dot(int64_t n, const float *p, const float *d) {
    float dot = 0;
#pragma omp simd reduction(+ : dot)
    for (int64_t j = 0; j < n; j++)
        dot += p[j] * d[j];
    return dot;
}

/* dx may be d. */
KERNEL_INLINE void softmax_slope(int64_t n, float scale, float dot, const float *p,
                                 const float *d, float *dx) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        dx[j] = scale * p[j] * (d[j] - dot);
}

/* Of row i: dp becomes d; returns Σ p d. */
KERNEL_INLINE float softmax_drop_back(int64_t n, struct matrix p,
                                      const struct softmax_drop *drop, int64_t i,
                                      float *d) {
    float room[NUMBER_STRETCH], dot = 0;
    for (int64_t j = 0, count; j < n; j += count) {
        count = number_stretch(p.kind, j, n);
        const float *open = number_open(matrix_from(p, i, j), count, room);
        if (drop)
            dropout_row(count, drop->keep + i * ((n + 7) / 8) + j / 8, drop->scale,
                        d + j, d + j);
        dot += softmax_dot(count, open, d + j);
        if (drop)
            softmax_drop_part(drop, (n + 7) / 8, i, j, count, open, room);
    }
    return dot;
}

KERNEL(softmax_backward_rows,
       (int64_t rows, int64_t n, float scale, struct matrix p,
        const struct softmax_drop *drop, struct matrix dp, struct matrix dx),
       (rows, n, scale, p, drop, dp, dx)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++) {
        float *d = matrix_from(dp, i, 0).at;
        float dot = softmax_drop_back(n, p, drop, i, d);
        for (int64_t j = 0, count; j < n; j += count) {
            struct matrix to = matrix_from(dx, i, j);
            float *made = number_begin(to, d + j);
            count = number_stretch(p.kind, j, n);
            softmax_slope(count, scale, dot,
                          number_open(matrix_from(p, i, j), count, room), d + j, made);
            number_end(to, count, made);
        }
    }
}

void softmax_forward(int64_t rows, int64_t n, float scale, struct matrix x,
                     struct matrix p, const struct softmax_drop *drop) {
    CHECK(scale > 0 && (n > 0 || rows == 0) && x.kind == NUMBER_F32);
    CHECK(drop == NULL || drop->to.kind == p.kind);
    softmax_forward_rows(rows, n, scale, x, p, drop);
}

void softmax_backward(int64_t rows, int64_t n, float scale, struct matrix p,
                      const struct softmax_drop *drop, struct matrix dp,
                      struct matrix dx) {
    CHECK(dp.kind == NUMBER_F32 && dx.kind == p.kind);
    CHECK(drop == NULL || drop->to.kind == p.kind);
    softmax_backward_rows(rows, n, scale, p, drop, dp, dx);
}
