/* SPDX-License-Identifier: Apache-2.0 */
/* GELU (Hendrycks and Gimpel 2016): x Φ(x), exact by erf, or by tanh as in Google's BERT. */
#ifndef MPIBERT_KERNELS_GELU_H
#define MPIBERT_KERNELS_GELU_H

#include <stdint.h>

/* x (rows, n) += bias (n), then y = gelu(x).  x keeps the biased input for backward. */
void gelu_forward(int64_t rows, int64_t n, float *x, const float *bias, float *y, int tanh);
/* dx = dy · gelu'(x); dx may be dy. */
void gelu_backward(int64_t rows, int64_t n, const float *x, const float *dy, float *dx,
                   int tanh);

#endif
