/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation.  Forward is row by row.  Backward also sums down columns for
 * gamma and beta: threads own columns there, so that the sums have the same bits for
 * any number of threads, and rows for dx; both walk a block of rows while it is in
 * cache. */
#include "src/kernels/layernorm.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/parallel.h"

/* Bytes of dy and xhat, a thread, that stay in cache between the two walks */
enum { LAYERNORM_BLOCK_BYTES = 128 * 1024 };

/* The variance is that of the row minus its mean, in a second pass: no cancellation. */
KERNEL(layernorm_forward_rows,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict gamma,
        const float *restrict beta, double eps, float *restrict y,
        float *restrict rstd),
       (rows, n, x, gamma, beta, eps, y, rstd)) {
    for (int64_t i = 0; i < rows; i++, x += n, y += n) {
        float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < n; j++)
            sum += x[j];
        float mean = sum / (float)n;
#pragma omp simd reduction(+ : squares)
        for (int64_t j = 0; j < n; j++)
            squares += (x[j] - mean) * (x[j] - mean);
        float r = (float)(1 / sqrt((double)squares / (double)n + eps));
        rstd[i] = r;
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float h = (x[j] - mean) * r;
            x[j] = h;
            y[j] = h * gamma[j] + beta[j];
        }
    }
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

/* dgamma += Σ dy xhat, dbeta += Σ dy over columns 0 … width-1, four rows at a time: the
 * sums are touched a quarter as often, and rounding grows slower. */
KERNEL(layernorm_backward_columns,
       (int64_t rows, int64_t n, int64_t width, const float *restrict xhat,
        const float *restrict dy, float *restrict dgamma, float *restrict dbeta),
       (rows, n, width, xhat, dy, dgamma, dbeta)) {
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4, xhat += 4 * n, dy += 4 * n) {
#pragma omp simd
        for (int64_t j = 0; j < width; j++) {
            float d0 = dy[j], d1 = dy[j + n], d2 = dy[j + 2 * n], d3 = dy[j + 3 * n];
            dbeta[j] += (d0 + d1) + (d2 + d3);
            dgamma[j] += (d0 * xhat[j] + d1 * xhat[j + n]) +
                         (d2 * xhat[j + 2 * n] + d3 * xhat[j + 3 * n]);
        }
    }
    for (; i < rows; i++, xhat += n, dy += n) {
#pragma omp simd
        for (int64_t j = 0; j < width; j++) {
            dbeta[j] += dy[j];
            dgamma[j] += dy[j] * xhat[j];
        }
    }
}

void layernorm_forward(int64_t rows, int64_t n, float *x, const float *gamma,
                       const float *beta, double eps, float *y, float *rstd) {
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(rows, 1);
        int64_t at = r.begin * n;
        layernorm_forward_rows(r.end - r.begin, n, x + at, gamma, beta, eps, y + at,
                               rstd + r.begin);
    }
}

/* Rows of a block: a multiple of 4, so that blocks do not change the columns' sums. */
static int64_t layernorm_block(int64_t n, int64_t threads) {
    int64_t rows = threads * LAYERNORM_BLOCK_BYTES / (2 * (int64_t)sizeof(float) * n);
    return rows < 4 ? 4 : rows / 4 * 4;
}

void layernorm_backward(int64_t rows, int64_t n, const float *xhat, const float *gamma,
                        const float *rstd, const float *dy, float *dx, float *dgamma,
                        float *dbeta) {
    if (n == 0)
        return;
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        int64_t block = layernorm_block(n, omp_get_num_threads());
        struct range c = parallel_share(n, 16);
        for (int64_t first = 0; first < rows; first += block) {
            int64_t count = rows - first < block ? rows - first : block;
            int64_t at = first * n;
            layernorm_backward_columns(count, n, c.end - c.begin, xhat + at + c.begin,
                                       dy + at + c.begin, dgamma + c.begin,
                                       dbeta + c.begin);
#pragma omp barrier /* dx may be dy */
            struct range r = parallel_share(count, 1);
            at += r.begin * n;
            layernorm_backward_rows(r.end - r.begin, n, xhat + at, gamma,
                                    rstd + first + r.begin, dy + at, dx + at);
        }
    }
}
