/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tables, gathered and scattered. */
#ifndef MPIBERT_KERNELS_EMBEDDING_H
#define MPIBERT_KERNELS_EMBEDDING_H

#include "src/kernels/matrix.h"

/* y (T, n) = word[ids] + position[positions] + segment[segments]. */
void embedding_forward(int64_t T, int64_t n, const int32_t *ids,
                       const int32_t *positions, const int32_t *segments,
                       const float *word, const float *position, const float *segment,
                       float *y);
/* dtable[index[t]] += dy[t], in the order of t, for `width` of the n columns: dy and
 * dtable point at the first of these.  Two rows may go to one place, so threads share
 * out columns. */
void embedding_backward(int64_t T, int64_t n, int64_t width, const int32_t *index,
                        const float *dy, float *dtable);
/* y (m, n) = x[rows], of one kind. */
void rows_gather(int64_t m, int64_t n, const int32_t *rows, struct matrix x,
                 struct matrix y);
/* x[rows] += y (m, n). */
void rows_scatter_add(int64_t m, int64_t n, const int32_t *rows, const float *y,
                      float *x);

#endif
