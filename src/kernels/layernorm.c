/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation, and the residual sum before it, row by row while a row is in the
 * first cache.  Backward also sums down columns for gamma and beta. */
#include "src/kernels/layernorm.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/dropout.h"

/* x becomes the normalised x.  The variance is that of the row minus its mean, in a
 * second pass: no cancellation. */
KERNEL_INLINE void normalise_row(int64_t n, float *restrict x,
                                 const float *restrict gamma,
                                 const float *restrict beta, double eps,
                                 float *restrict y, float *rstd) {
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++)
        sum += x[j];
    float mean = sum / (float)n;
#pragma omp simd reduction(+ : squares)
    for (int64_t j = 0; j < n; j++)
        squares += (x[j] - mean) * (x[j] - mean);
    float r = (float)(1 / sqrt((double)squares / (double)n + eps));
    *rstd = r;
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        float h = (x[j] - mean) * r;
        x[j] = h;
        y[j] = h * gamma[j] + beta[j];
    }
}

KERNEL(layernorm_rows,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict gamma,
        const float *restrict beta, double eps, float *restrict y,
        float *restrict rstd),
       (rows, n, x, gamma, beta, eps, y, rstd)) {
    for (int64_t i = 0; i < rows; i++)
        normalise_row(n, x + i * n, gamma, beta, eps, y + i * n, rstd + i);
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
        const float *restrict gamma, const float *restrict beta, double eps,
        float *restrict y, float *restrict rstd),
       (rows, n, x, bias, keep, scale, residual, gamma, beta, eps, y, rstd)) {
    for (int64_t i = 0; i < rows; i++) {
        add_residual_row(n, x + i * n, bias, keep + i * ((n + 7) / 8), scale,
                         residual + i * n);
        normalise_row(n, x + i * n, gamma, beta, eps, y + i * n, rstd + i);
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

/* With g = dy · gamma:  dx = rstd (g - mean(g) - xhat mean(g xhat)) */
KERNEL(layernorm_backward_rows,
       (int64_t rows, int64_t n, const float *xhat, const float *gamma,
        const float *rstd, const float *dy, float *dx),
       (rows, n, xhat, gamma, rstd, dy, dx)) {
    for (int64_t i = 0; i < rows; i++, xhat += n, dy += n, dx += n) {
        float sum_g = 0, sum_gx = 0;
#pragma omp simd reduction(+ : sum_g, sum_gx)
        for (int64_t j = 0; j < n; j++) {
            float g = dy[j] * gamma[j];
            sum_g += g;
            sum_gx += g * xhat[j];
        }
        float r = rstd[i], mean_g = sum_g / (float)n, mean_gx = sum_gx / (float)n;
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            dx[j] = r * (dy[j] * gamma[j] - mean_g - xhat[j] * mean_gx);
    }
}

/* dgamma += Σ dy xhat, dbeta += Σ dy, four rows at a time: the sums are touched a
 * quarter as often, and rounding grows slower. */
KERNEL(layernorm_backward_columns,
       (int64_t rows, int64_t n, const float *restrict xhat, const float *restrict dy,
        float *restrict dgamma, float *restrict dbeta),
       (rows, n, xhat, dy, dgamma, dbeta)) {
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4, xhat += 4 * n, dy += 4 * n) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float d0 = dy[j], d1 = dy[j + n], d2 = dy[j + 2 * n], d3 = dy[j + 3 * n];
            dbeta[j] += (d0 + d1) + (d2 + d3);
            dgamma[j] += (d0 * xhat[j] + d1 * xhat[j + n]) +
                         (d2 * xhat[j + 2 * n] + d3 * xhat[j + 3 * n]);
        }
    }
    for (; i < rows; i++, xhat += n, dy += n) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            dbeta[j] += dy[j];
            dgamma[j] += dy[j] * xhat[j];
        }
    }
}

void layernorm_forward(int64_t rows, int64_t n, float *x, const float *gamma,
                       const float *beta, double eps, float *y, float *rstd) {
    layernorm_rows(rows, n, x, gamma, beta, eps, y, rstd);
}

void layernorm_residual(int64_t rows, int64_t n, float *x, const float *bias,
                        const uint8_t *keep, uint32_t threshold, const float *residual,
                        const float *gamma, const float *beta, double eps, float *y,
                        float *rstd) {
    layernorm_residual_rows(rows, n, x, bias, keep, dropout_scale(threshold), residual,
                            gamma, beta, eps, y, rstd);
}

void layernorm_add(int64_t rows, int64_t n, float *x, const float *bias,
                   const uint8_t *keep, uint32_t threshold, const float *residual) {
    layernorm_add_rows(rows, n, x, bias, keep, dropout_scale(threshold), residual);
}

void layernorm_backward(int64_t rows, int64_t n, const float *xhat, const float *gamma,
                        const float *rstd, const float *dy, float *dx, float *dgamma,
                        float *dbeta) {
    if (n == 0)
        return;
    layernorm_backward_columns(rows, n, xhat, dy, dgamma, dbeta);
    layernorm_backward_rows(rows, n, xhat, gamma, rstd, dy, dx);
}
