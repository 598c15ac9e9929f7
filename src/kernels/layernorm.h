/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation (Ba, Kiros, Hinton 2016) over the last dimension. */
#ifndef MPIBERT_KERNELS_LAYERNORM_H
#define MPIBERT_KERNELS_LAYERNORM_H

#include <stdint.h>

/* y = (x - mean) · rstd · gamma + beta; rstd (rows) = 1/sqrt(var + eps).  x is replaced
 * by the normalised (x - mean) · rstd, which backward needs.  y may not be x. */
void layernorm_forward(int64_t rows, int64_t n, float *x, const float *gamma,
                       const float *beta, double eps, float *y, float *rstd);
/* The end of a residual branch: x becomes residual + dropout(x + bias), then as above.
 * keep (rows, (n + 7) / 8) and threshold are those of dropout.h. */
void layernorm_residual(int64_t rows, int64_t n, float *x, const float *bias,
                        const uint8_t *keep, uint32_t threshold, const float *residual,
                        const float *gamma, const float *beta, double eps, float *y,
                        float *rstd);
/* The same end without a norm: x becomes residual + dropout(x + bias). */
void layernorm_add(int64_t rows, int64_t n, float *x, const float *bias,
                   const uint8_t *keep, uint32_t threshold, const float *residual);
/* dx from dy and the normalised input xhat; dgamma (n) and dbeta (n) are added to.
 * dx may be dy. */
void layernorm_backward(int64_t rows, int64_t n, const float *xhat, const float *gamma,
                        const float *rstd, const float *dy, float *dx, float *dgamma,
                        float *dbeta);

#endif
