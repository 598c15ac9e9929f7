/* SPDX-License-Identifier: Apache-2.0 */
/* GELU (Hendrycks and Gimpel 2016): x Φ(x), exact by erf, or by tanh as in Google's
 * BERT. */
#ifndef MPIBERT_KERNELS_GELU_H
#define MPIBERT_KERNELS_GELU_H

#include "src/kernels/matrix.h"

/* Of x (rows, n): with v = x + bias (n), y = gelu(v) and slope = gelu'(v), which are
 * of one kind.  x is in single precision and used up; slope may be x. */
void gelu_forward(int64_t rows, int64_t n, struct matrix x, const float *bias,
                  struct matrix slope, struct matrix y, int tanh);
/* dx = dy · slope.  dy is in single precision and used up; dx, of the kind of slope,
 * may be dy. */
void gelu_backward(int64_t rows, int64_t n, struct matrix dy, struct matrix slope,
                   struct matrix dx);

#endif
