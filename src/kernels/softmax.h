/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax over the last dimension, in place. */
#ifndef MPIBERT_KERNELS_SOFTMAX_H
#define MPIBERT_KERNELS_SOFTMAX_H

#include <stdint.h>

/* x (rows, n), rows ld apart: x = softmax(scale · x); scale > 0. */
void softmax_forward(int64_t rows, int64_t n, int64_t ld, float scale, float *x);
/* dx = scale · p · (dp - Σ p dp), row by row; dx may be dp. */
void softmax_backward(int64_t rows, int64_t n, int64_t ld, float scale, const float *p,
                      const float *dp, float *dx);

#endif
