/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation, and the residual sum before it, row by row while a row is in the
 * first cache.  Backward also sums down columns for gamma and beta. */
#include "src/kernels/layernorm.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/dropout.h"
#include "src/kernels/number.h"

KERNEL_INLINE void layernorm_range(int64_t n, const float *x, float mean, float r,
                                   const float *gamma, const float *beta, float *xhat,
                                   float *y) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        float h = (x[j] - mean) * r;
        xhat[j] = h;
        y[j] = h * gamma[j] + beta[j];
    }
}

/* The variance is that of the row minus its mean, in a second pass: no cancellation. */
KERNEL_INLINE void layernorm_row(int64_t i, int64_t n, const float *x,
                                 const struct layernorm *norm,
                                 const struct layernorm_out *out) {
    float sum = 0, squares = 0, rooms[2][NUMBER_STRETCH];
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++)
        sum += x[j];
    float mean = sum / (float)n;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < n; j++)
        squares += (x[j] - mean) * (x[j] - mean);
    float r = (float)(1 / sqrt((double)squares / (double)n + norm->eps));
    out->rstd[i] = r;
    for (int64_t j = 0, count; j < n; j += count) {
        struct matrix xhat = matrix_from(out->xhat, i, j),
                      y = matrix_from(out->y, i, j);
        float *h = number_begin(xhat, rooms[0]), *made = number_begin(y, rooms[1]);
        count = number_stretch(xhat.kind, j, n);
        layernorm_range(count, x + j, mean, r, norm->gamma + j, norm->beta + j, h,
                        made);
        number_end(xhat, count, h);
        number_end(y, count, made);
        if (out->copy.at)
            number_end(matrix_from(out->copy, i, j), count, made);
    }
}

KERNEL(layernorm_rows,
       (int64_t rows, int64_t n, const float *x, const struct layernorm *norm,
        const struct layernorm_out *out),
       (rows, n, x, norm, out)) {
    for (int64_t i = 0; i < rows; i++)
        layernorm_row(i, n, x + i * n, norm, out);
}

/* x = residual + dropped (x + bias), sixteen bits of keep at a time. */
KERNEL_INLINE void add_residual_row(int64_t n, float *restrict x,
                                    const float *restrict bias, const uint8_t *keep,
                                    float scale, const float *restrict residual) {
    int64_t j = 0;
    for (; j + 16 <= n; j += 16) {
        uint32_t bits = keep[j / 8] | (uint32_t)keep[j / 8 + 1] << 8;
#pragma omp simd
        for (int k = 0; k < 16; k++) {
            float kept = (x[j + k] + bias[j + k]) * scale;
            x[j + k] = residual[j + k] + (bits >> k & 1 ? kept : 0.0f);
        }
    }
    for (; j < n; j++) {
        float kept = (x[j] + bias[j]) * scale;
        x[j] = residual[j] + (keep[j / 8] >> (j & 7) & 1 ? kept : 0.0f);
    }
}

KERNEL(layernorm_residual_rows,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict bias,
        const uint8_t *keep, float scale, const float *restrict residual,
        const struct layernorm *norm, const struct layernorm_out *out),
       (rows, n, x, bias, keep, scale, residual, norm, out)) {
    for (int64_t i = 0; i < rows; i++) {
        add_residual_row(n, x + i * n, bias, keep + i * ((n + 7) / 8), scale,
                         residual + i * n);
        layernorm_row(i, n, x + i * n, norm, out);
    }
}

KERNEL(layernorm_add_rows,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict bias,
        const uint8_t *keep, float scale, const float *restrict residual),
       (rows, n, x, bias, keep, scale, residual)) {
    for (int64_t i = 0; i < rows; i++)
        add_residual_row(n, x + i * n, bias, keep + i * ((n + 7) / 8), scale,
                         residual + i * n);
}

/* Of a row: sums of g = dy · gamma and of g · xhat. */
struct layernorm_sums {
    float g, gx;
};

KERNEL_INLINE struct layernorm_sums
layernorm_sum_range(int64_t n, const float *xhat, const float *gamma, const float *dy) {
    float sum_g = 0, sum_gx = 0;
#pragma omp simd reduction(+ : sum_g, sum_gx)
    for (int64_t j = 0; j < n; j++) {
        float g = dy[j] * gamma[j];
        sum_g += g;
        sum_gx += g * xhat[j];
    }
    return (struct layernorm_sums){sum_g, sum_gx};
}

KERNEL_INLINE struct layernorm_sums
layernorm_sum_row(int64_t n, struct matrix xhat, const float *gamma, const float *dy) {
    struct layernorm_sums sums = {0, 0};
    float room[NUMBER_STRETCH];
    for (int64_t j = 0, count; j < n; j += count) {
        count = number_stretch(xhat.kind, j, n);
        const struct layernorm_sums part = layernorm_sum_range(
            count, number_open(matrix_from(xhat, 0, j), count, room), gamma + j,
            dy + j);
        sums.g += part.g;
        sums.gx += part.gx;
    }
    return sums;
}

KERNEL_INLINE void layernorm_slope_range(int64_t n, float r, float mean_g,
                                         float mean_gx, const float *xhat,
                                         const float *gamma, const float *dy,
                                         float *dx) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        dx[j] = r * (dy[j] * gamma[j] - mean_g - xhat[j] * mean_gx);
}

/* dx = rstd (g - mean(g) - xhat mean(g xhat)) */
KERNEL(layernorm_backward_rows,
       (int64_t rows, int64_t n, struct matrix xhat, const float *gamma,
        const float *rstd, const float *dy, float *dx),
       (rows, n, xhat, gamma, rstd, dy, dx)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++, dy += n, dx += n) {
        struct matrix row = matrix_from(xhat, i, 0);
        const struct layernorm_sums sums = layernorm_sum_row(n, row, gamma, dy);
        for (int64_t j = 0, count; j < n; j += count) {
            count = number_stretch(row.kind, j, n);
            layernorm_slope_range(count, rstd[i], sums.g / (float)n, sums.gx / (float)n,
                                  number_open(matrix_from(row, 0, j), count, room),
                                  gamma + j, dy + j, dx + j);
        }
    }
}

/* Four rows of a stretch: the sums are touched a quarter as often, and rounding grows
 * slower. */
KERNEL_INLINE void layernorm_columns_four(int64_t n, int64_t ld,
                                          const float *const xhat[4], const float *dy,
                                          float *dgamma, float *dbeta) {
    const float *x0 = xhat[0], *x1 = xhat[1], *x2 = xhat[2], *x3 = xhat[3];
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        float d0 = dy[j], d1 = dy[j + ld], d2 = dy[j + 2 * ld], d3 = dy[j + 3 * ld];
        dbeta[j] += (d0 + d1) + (d2 + d3);
        dgamma[j] += (d0 * x0[j] + d1 * x1[j]) + (d2 * x2[j] + d3 * x3[j]);
    }
}

KERNEL_INLINE void layernorm_columns_one(int64_t n, const float *xhat, const float *dy,
                                         float *dgamma, float *dbeta) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        dbeta[j] += dy[j];
        dgamma[j] += dy[j] * xhat[j];
    }
}

/* dgamma += Σ dy xhat, dbeta += Σ dy, of columns j … j+count-1. */
KERNEL_INLINE void layernorm_columns_range(int64_t rows, int64_t n, int64_t j,
                                           int64_t count, struct matrix xhat,
                                           const float *dy, float *dgamma,
                                           float *dbeta) {
    float rooms[4][NUMBER_STRETCH];
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const float *open[4];
        for (int k = 0; k < 4; k++)
            open[k] = number_open(matrix_from(xhat, i + k, j), count, rooms[k]);
        layernorm_columns_four(count, n, open, dy + i * n + j, dgamma + j, dbeta + j);
    }
    for (; i < rows; i++)
        layernorm_columns_one(count,
                              number_open(matrix_from(xhat, i, j), count, rooms[0]),
                              dy + i * n + j, dgamma + j, dbeta + j);
}

KERNEL(layernorm_backward_columns,
       (int64_t rows, int64_t n, struct matrix xhat, const float *dy, float *dgamma,
        float *dbeta),
       (rows, n, xhat, dy, dgamma, dbeta)) {
    for (int64_t j = 0, count; j < n; j += count) {
        count = number_stretch(xhat.kind, j, n);
        layernorm_columns_range(rows, n, j, count, xhat, dy, dgamma, dbeta);
    }
}

void layernorm_forward(int64_t rows, int64_t n, const float *x,
                       const struct layernorm *norm, const struct layernorm_out *out) {
    layernorm_rows(rows, n, x, norm, out);
}

void layernorm_residual(int64_t rows, int64_t n, float *x, const float *bias,
                        const uint8_t *keep, uint32_t threshold, const float *residual,
                        const struct layernorm *norm, const struct layernorm_out *out) {
    layernorm_residual_rows(rows, n, x, bias, keep, dropout_scale(threshold), residual,
                            norm, out);
}

void layernorm_add(int64_t rows, int64_t n, float *x, const float *bias,
                   const uint8_t *keep, uint32_t threshold, const float *residual) {
    layernorm_add_rows(rows, n, x, bias, keep, dropout_scale(threshold), residual);
}

void layernorm_backward(int64_t rows, int64_t n, struct matrix xhat, const float *gamma,
                        const float *rstd, const float *dy, float *dx, float *dgamma,
                        float *dbeta) {
    if (n == 0)
        return;
    layernorm_backward_columns(rows, n, xhat, dy, dgamma, dbeta);
    layernorm_backward_rows(rows, n, xhat, gamma, rstd, dy, dx);
}
