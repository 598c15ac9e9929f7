/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to matrix products. */
#ifndef MPIBERT_KERNELS_GEMM_H
#define MPIBERT_KERNELS_GEMM_H

#include <stdint.h>

enum gemm_op { GEMM_N, GEMM_T };

/* C (m, n) = alpha · op(A) (m, k) · op(B) (k, n) + beta · C, all row-major; lda, ldb, ldc are
 * elements between rows as stored.  With beta 0, C is only written.  Threads: those of
 * OpenMP, none inside a parallel region. */
void gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
          int64_t ldc);

/* Operations of all products since the last call of this (2 m n k each), by any thread. */
double gemm_take_flops(void);

/* The library's version and kernels, e.g. "OpenBLAS 0.3.21 SkylakeX, OpenMP"; the
 * text is static. */
const char *gemm_describe(void);

/* Threads that the library starts beside OpenMP's: 1 is none. */
int gemm_own_threads(void);

/* If the library would take kernels too old for this processor (OpenBLAS 0.3.21 does not
 * know processors of after 2020), sets OPENBLAS_CORETYPE and starts the program again, once.
 * To be called first in main.  A core type that the user set is left alone. */
void gemm_choose_core(char **argv);

#endif
