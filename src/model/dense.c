/* SPDX-License-Identifier: Apache-2.0 */
/* Products of a head's dense layers: see dense.h. */
#include "src/model/dense.h"

#include "src/kernels/gemm.h"
#include "src/kernels/parallel.h"

enum { GRAIN = 32 }; /* columns: a tile of any kind */

void dense_forward(int64_t rows, int64_t in, int64_t out, const float *x,
                   const float *w, float *y) {
    struct range own = parallel_share(out, GRAIN);
    gemm(GEMM_N, GEMM_T, rows, own.end - own.begin, in, matrix_f32(x, in),
         matrix_f32(w + own.begin * in, in), false, matrix_f32(y + own.begin, out));
#pragma omp barrier
}

void dense_backward_weight(int64_t rows, int64_t in, int64_t out, const float *x,
                           const float *dy, float *dw) {
    struct range own = parallel_share(out, GRAIN);
    gemm(GEMM_T, GEMM_N, own.end - own.begin, in, rows, matrix_f32(dy + own.begin, out),
         matrix_f32(x, in), true, matrix_f32(dw + own.begin * in, in));
#pragma omp barrier
}

void dense_backward_input(int64_t rows, int64_t in, int64_t out, const float *w,
                          const float *dy, float *dx) {
    struct range own = parallel_share(in, GRAIN);
    gemm(GEMM_N, GEMM_N, rows, own.end - own.begin, out, matrix_f32(dy, out),
         matrix_f32(w + own.begin, in), false, matrix_f32(dx + own.begin, in));
#pragma omp barrier
}
