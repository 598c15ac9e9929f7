/* SPDX-License-Identifier: Apache-2.0 */
/* A dense layer without its bias, which whoever comes next adds on the way. */
#ifndef MPIBERT_MODEL_LINEAR_H
#define MPIBERT_MODEL_LINEAR_H

#include <stdint.h>

/* y (rows,out) = x (rows,in) · wᵀ, w (out,in). */
void linear_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                    const float *w, float *y);
/* dw (out,in) += dyᵀ · x. */
void linear_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                            const float *dy, float *dw);
/* dx (rows,in) = dy (rows,out) · w + beta · dx. */
void linear_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                           const float *dy, float beta, float *dx);

#endif
