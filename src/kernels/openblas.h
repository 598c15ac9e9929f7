/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS's product: what runs where there are no tiles of our own, and the reference
 * that these are measured against.  For gemm.c and bench alone. */
#ifndef MPIBERT_KERNELS_OPENBLAS_H
#define MPIBERT_KERNELS_OPENBLAS_H

#include <stdbool.h>
#include <stdint.h>

/* As gemm().  In a parallel region it is serial; elsewhere it takes all threads. */
void openblas_gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                   const float *a, int64_t lda, const float *b, int64_t ldb, bool add,
                   float *c, int64_t ldc);

/* Its version and kernels, e.g. "OpenBLAS 0.3.21 SkylakeX, OpenMP"; the text is static.
 */
const char *openblas_describe(void);

/* Threads that it starts beside OpenMP's: 1 is none. */
int openblas_own_threads(void);

/* If OpenBLAS would take kernels too old for this processor (0.3.21 does not know
 * processors of after 2020), sets OPENBLAS_CORETYPE and starts the program again, once.
 * To be called first in main.  A core type that the user set is left alone. */
void openblas_choose_core(char **argv);

#endif
