/* SPDX-License-Identifier: Apache-2.0 */
/* Products of a head's dense layers: see dense.h. */
#include "src/model/dense.h"

#include "src/kernels/gemm.h"

void dense_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                   const float *w, float *y) {
    gemm(GEMM_N, GEMM_T, rows, out, in, matrix_f32(x, in), matrix_f32(w, in), false,
         matrix_f32(y, out));
}

void dense_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                           const float *dy, float *dw) {
    gemm(GEMM_T, GEMM_N, out, in, rows, matrix_f32(dy, out), matrix_f32(x, in), true,
         matrix_f32(dw, in));
}

void dense_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                          const float *dy, float *dx) {
    gemm(GEMM_N, GEMM_N, rows, in, out, matrix_f32(dy, out), matrix_f32(w, in), false,
         matrix_f32(dx, in));
}
