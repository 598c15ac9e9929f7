/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tables, gathered and scattered: see embedding.h. */
#include "src/kernels/embedding.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"

KERNEL(embedding_sum_rows,
       (int64_t T, int64_t n, const int32_t *ids, const int32_t *positions,
        const int32_t *segments, const float *word, const float *position,
        const float *segment, float *restrict y),
       (T, n, ids, positions, segments, word, position, segment, y)) {
    for (int64_t t = 0; t < T; t++, y += n) {
        const float *a = word + ids[t] * n, *b = position + positions[t] * n,
                    *c = segment + segments[t] * n;
#pragma omp simd
        for (int64_t j = 0; j < n; j++)
            y[j] = a[j] + b[j] + c[j];
    }
}

/* Columns 0 … width-1 of x[rows[i]] += y[i], rows of both n apart. */
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
    embedding_sum_rows(T, n, ids, positions, segments, word, position, segment, y);
}

void embedding_backward(int64_t T, int64_t n, int64_t width, const int32_t *index,
                        const float *dy, float *dtable) {
    embedding_add_columns(T, n, width, index, dy, dtable);
}

void rows_gather(int64_t m, int64_t n, const int32_t *rows, struct matrix x,
                 struct matrix y) {
    CHECK(x.kind == y.kind);
    for (int64_t i = 0; i < m; i++)
        memcpy(matrix_from(y, i, 0).at, matrix_from(x, rows[i], 0).at,
               (size_t)n * number_bytes(y.kind));
}

void rows_scatter_add(int64_t m, int64_t n, const int32_t *rows, const float *y,
                      float *x) {
    embedding_add_columns(m, n, n, rows, y, x);
}
