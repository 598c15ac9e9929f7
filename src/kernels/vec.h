/* SPDX-License-Identifier: Apache-2.0 */
/* Long vectors, and sums down columns. */
#ifndef MPIBERT_KERNELS_VEC_H
#define MPIBERT_KERNELS_VEC_H

#include "src/kernels/matrix.h"

/* y (rows, n) = x + bias (n); x is in single precision, and y may be x. */
void vec_add_bias(int64_t rows, int64_t n, struct matrix x, const float *bias,
                  struct matrix y);
/* y (rows, n) = x, rounded: from single precision to bf16. */
void vec_round(int64_t rows, int64_t n, struct matrix x, struct matrix y);
/* y (rows, n) += x, which is in single precision. */
void vec_add_rows(int64_t rows, int64_t n, struct matrix x, struct matrix y);
/* dbias (n) += Σ_rows dy. */
void vec_sum_rows(int64_t rows, int64_t n, struct matrix dy, float *dbias);
/* x = 0: by the threads that have the same elements in what else goes over vectors of
 * n, so that, done first, the memory is theirs. */
void vec_zero(int64_t n, float *x);
/* y += x;  y = tanh(x);  dx = dy (1 - y²). */
void vec_add(int64_t n, const float *x, float *y);
void vec_tanh(int64_t n, const float *x, float *y);
void vec_tanh_backward(int64_t n, const float *y, const float *dy, float *dx);
/* Σ x², in double, in blocks of fixed size: the same bits for any number of threads. */
double vec_sum_squares(int64_t n, const float *x);
/* How many of x are NaN or infinite. */
int64_t vec_count_nonfinite(int64_t n, const float *x);

/* Denormal numbers become zeros, for speed, in this thread and those that it starts
 * from here on: a thread begins in the mode of the one that starts it. */
void vec_flush_denormals(void);
/* The instruction set that run-time dispatch took: "AVX-512", "AVX2", "baseline". */
const char *vec_describe(void);

#endif
