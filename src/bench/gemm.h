/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix products of a model, each backend. */
#ifndef MPIBERT_BENCH_GEMM_H
#define MPIBERT_BENCH_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/shape.h"

/* One product of a model at a chunk of tokens. */
struct bench_product {
    const char *name;
    int64_t m, n, k;
    int op_a, op_b; /* enum gemm_op */
    bool packed;    /* by gemm_rows, packing included */
    bool weight;    /* B is one */
};

/* Local.  The products of a shape with `tokens` rows, forward and backward: fills
 * rows[24], returns how many. */
int bench_gemm_products(const struct shape *shape, int64_t tokens,
                        struct bench_product *rows);

/* Local.  GFLOP/s of one thread: what the model runs, as it runs it, and OpenBLAS;
 * medians, and that of the ratios of neighbours in time.  In bf16, for which tiles have
 * been chosen (kernels/precision.h), there is no OpenBLAS: NaN. */
struct bench_gemm {
    double gflops, openblas_gflops, ratio;
};
void bench_gemm(const struct bench_product *product, bool rounded, double seconds,
                struct bench_gemm *result);

#endif
