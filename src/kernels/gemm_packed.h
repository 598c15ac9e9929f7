/* SPDX-License-Identifier: Apache-2.0 */
/* What gemm.h, and who makes its products, say of operands. */
#ifndef MPIBERT_KERNELS_GEMM_PACKED_H
#define MPIBERT_KERNELS_GEMM_PACKED_H

#include "src/kernels/matrix.h"

/* As it is, or turned over. */
enum gemm_op { GEMM_N, GEMM_T };

/* op(B) (k, n) made ready to meet many blocks of rows. */
struct gemm_packed {
    enum gemm_op op;
    int64_t k, n;
    struct matrix b;
    float *panels; /* borrowed: room for gemm_packed_floats */
};

#endif
