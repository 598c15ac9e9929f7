/* SPDX-License-Identifier: Apache-2.0 */
/* A dense layer of a head, without its bias, by the calling thread. */
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
