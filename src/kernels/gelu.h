/* SPDX-License-Identifier: Apache-2.0 */
/* GELU (Hendrycks and Gimpel 2016): x Φ(x), exact by erf, or by tanh as in Google's
 * BERT. */
#ifndef MPIBERT_KERNELS_GELU_H
#define MPIBERT_KERNELS_GELU_H

#include <stdint.h>

/* x (rows, n), rows ld apart, as y: with v = x + bias (n), y = gelu(v) and x =
 * gelu'(v), the slope that backward multiplies by (vec_multiply).  y may not be x. */
void gelu_forward(int64_t rows, int64_t n, int64_t ld, float *x, const float *bias,
                  float *y, int tanh);

#endif
