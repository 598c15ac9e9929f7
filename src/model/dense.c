/* SPDX-License-Identifier: Apache-2.0 */
/* Products of a head's dense layers: see dense.h. */
#include "src/model/dense.h"

#include "src/kernels/gemm.h"

void dense_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                   const float *w, float *y) {
    gemm(GEMM_N, GEMM_T, rows, out, in, x, in, w, in, false, y, out);
}

void dense_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                           const float *dy, float *dw) {
    gemm(GEMM_T, GEMM_N, out, in, rows, dy, out, x, in, true, dw, in);
}

void dense_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                          const float *dy, float *dx) {
    gemm(GEMM_N, GEMM_N, rows, in, out, dy, out, w, in, false, dx, in);
}
