/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of either kind of numbers, for tests of kernels that take both. */
#ifndef MPIBERT_TESTS_HALF_H
#define MPIBERT_TESTS_HALF_H

#include "src/kernels/matrix.h"
#include "tests/near.h"

/* for (enum number kind = NUMBER_F32; kind <= NUMBER_BF16; kind++) … */
extern const char *const half_names[];

/* (rows, ld) of a kind from floats, which bf16 rounds: owned, free its `at`. */
struct matrix half_matrix(enum number kind, int64_t rows, int64_t ld, const float *x);
/* What it holds, as floats and in double: owned. */
float *half_floats(struct matrix x, int64_t rows);
double *half_wide(struct matrix x, int64_t rows);

/* What a kernel may be wrong by that rounds its results to bf16 once: 2⁻⁸ of them more,
 * half of the last of its eight bits. */
struct near_limits half_limits(enum number kind, struct near_limits limits);
/* Near, of rows of n. */
bool half_near(int64_t rows, int64_t n, struct matrix got, const double *want,
               struct near_limits limits, const char *what);

#endif
