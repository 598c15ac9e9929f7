/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers are split over rows; scatters over columns, because two rows may go to one
 * place and the order in which they are added is part of the result. */
#include "src/kernels/embedding.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/parallel.h"

KERNEL(embedding_sum_row,
       (int64_t n, const float *restrict a, const float *restrict b,
        const float *restrict c, float *restrict y),
       (n, a, b, c, y)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        y[j] = a[j] + b[j] + c[j];
}

/* Columns 0 … width-1 of x[rows[i]] += y[i], rows n apart. */
KERNEL(embedding_add_columns,
       (int64_t m, int64_t n, int64_t width, const int32_t *restrict rows,
        const float *restrict y, float *restrict x),
       (m, n, width, rows, y, x)) {
    for (int64_t i = 0; i < m; i++, y += n) {
        float *to = x + rows[i] * n;
#pragma omp simd
        for (int64_t j = 0; j < width; j++)
            to[j] += y[j];
    }
}

void embedding_forward(int64_t T, int64_t n, const int32_t *ids,
                       const int32_t *positions, const int32_t *segments,
                       const float *word, const float *position, const float *segment,
                       float *y) {
#pragma omp parallel for schedule(static) if (T * n >= PARALLEL_MIN)
    for (int64_t t = 0; t < T; t++)
        embedding_sum_row(n, word + ids[t] * n, position + positions[t] * n,
                          segment + segments[t] * n, y + t * n);
}

void embedding_backward(int64_t T, int64_t n, const int32_t *index, const float *dy,
                        float *dtable) {
#pragma omp parallel if (T * n >= PARALLEL_MIN)
    {
        struct range c = parallel_share(n, 16);
        embedding_add_columns(T, n, c.end - c.begin, index, dy + c.begin,
                              dtable + c.begin);
    }
}

void rows_gather(int64_t m, int64_t n, const int32_t *rows, const float *x, float *y) {
#pragma omp parallel for schedule(static) if (m * n >= PARALLEL_MIN)
    for (int64_t i = 0; i < m; i++)
        memcpy(y + i * n, x + rows[i] * n, (size_t)n * sizeof *y);
}

void rows_scatter_add(int64_t m, int64_t n, const int32_t *rows, const float *y,
                      float *x) {
    embedding_backward(m, n, rows, y, x);
}
