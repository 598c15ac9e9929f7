/* SPDX-License-Identifier: Apache-2.0 */
/* A dense layer of a head, without its bias.
 *
 * Team, all of them: each thread makes its share of columns, and all return when all is
 * there.  A sum is made in the same order whoever makes it. */
#ifndef MPIBERT_MODEL_DENSE_H
#define MPIBERT_MODEL_DENSE_H

#include <stdint.h>

/* y (rows,out) = x (rows,in) · wᵀ */
void dense_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                   const float *w, float *y);
/* dw (out,in) += dyᵀ · x */
void dense_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                           const float *dy, float *dw);
/* dx (rows,in) = dy · w */
void dense_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                          const float *dy, float *dx);

#endif
