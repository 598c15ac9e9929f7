/* SPDX-License-Identifier: Apache-2.0 */
/* Products of bf16, for gemm.c: what gemm.h says, by tiles of pairs. */
#ifndef MPIBERT_KERNELS_GEMM_PAIRS_H
#define MPIBERT_KERNELS_GEMM_PAIRS_H

#include "src/kernels/gemm_packed.h"
#include "src/kernels/tile_pairs.h"

void gemm_pairs(const struct tile_set *set, enum gemm_op op_a, enum gemm_op op_b,
                int64_t m, int64_t n, int64_t k, struct matrix a, struct matrix b,
                bool add, struct matrix c);
/* Columns j … j+n-1, or, of GEMM_N, all columns of as large a part of k: rows of B are
 * best read from end to end. */
void gemm_pairs_pack(const struct tile_set *set, const struct gemm_packed *packed,
                     int64_t j, int64_t n);
void gemm_pairs_rows(const struct tile_set *set, enum gemm_op op_a, int64_t m,
                     struct matrix a, const struct gemm_packed *packed, bool add,
                     struct matrix c);

#endif
