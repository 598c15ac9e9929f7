/* SPDX-License-Identifier: Apache-2.0 */
/* Products of atoms: see gram.h.  One half is made, in blocks of rows from the diagonal
 * on, and the other is its mirror image. */
#include "src/sparse/gram.h"

#include "src/kernels/gemm.h"

void gram_make(int64_t K, int64_t d, const float *atoms, float *gram) {
#pragma omp parallel
    {
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < K; i += GEMM_BLOCK_ROWS) {
            int64_t n = K - i < GEMM_BLOCK_ROWS ? K - i : GEMM_BLOCK_ROWS;
            const float *block = atoms + i * d;
            gemm(GEMM_N, GEMM_T, n, K - i, d, matrix_f32(block, d),
                 matrix_f32(block, d), false, matrix_f32(gram + i * K + i, K));
        }
#pragma omp for schedule(static)
        for (int64_t i = 0; i < K; i++)
            for (int64_t j = 0; j < i; j++)
                gram[i * K + j] = gram[j * K + i];
    }
}

void gram_renew(int64_t K, int64_t d, const float *atoms, int64_t k, float *gram) {
    gemm(GEMM_N, GEMM_T, 1, K, d, matrix_f32(atoms + k * d, d), matrix_f32(atoms, d),
         false, matrix_f32(gram + k * K, K));
    for (int64_t i = 0; i < K; i++)
        gram[i * K + k] = gram[k * K + i];
}
