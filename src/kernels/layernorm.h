/* SPDX-License-Identifier: Apache-2.0 */
/* Layer normalisation (Ba, Kiros, Hinton 2016) over the last dimension. */
#ifndef MPIBERT_KERNELS_LAYERNORM_H
#define MPIBERT_KERNELS_LAYERNORM_H

#include "src/kernels/matrix.h"

struct layernorm {
    const float *gamma, *beta; /* (n) */
    double eps;
};

/* What it makes of rows (rows, n). */
struct layernorm_out {
    struct matrix y;    /* (x - mean) · rstd · gamma + beta */
    struct matrix copy; /* the same as bf16, beside; its `at` NULL: nobody wants it */
    struct matrix xhat; /* the normalised (x - mean) · rstd, which backward needs */
    float *rstd;        /* (rows) 1/sqrt(var + eps), likewise */
};

/* xhat may be x, in single precision; y may not. */
void layernorm_forward(int64_t rows, int64_t n, const float *x,
                       const struct layernorm *norm, const struct layernorm_out *out);
/* The end of a residual branch: x becomes residual + dropout(x + bias), then as above.
 * keep (rows, (n + 7) / 8) and threshold are those of dropout.h. */
void layernorm_residual(int64_t rows, int64_t n, float *x, const float *bias,
                        const uint8_t *keep, uint32_t threshold, const float *residual,
                        const struct layernorm *norm, const struct layernorm_out *out);
/* The same end without a norm: x becomes residual + dropout(x + bias). */
void layernorm_add(int64_t rows, int64_t n, float *x, const float *bias,
                   const uint8_t *keep, uint32_t threshold, const float *residual);
/* dx from dy and the normalised input xhat; dgamma (n) and dbeta (n) are added to.
 * dx may be dy. */
void layernorm_backward(int64_t rows, int64_t n, struct matrix xhat, const float *gamma,
                        const float *rstd, const float *dy, float *dx, float *dgamma,
                        float *dbeta);

#endif
