/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to matrix products.  All are of the calling thread alone: who has
 * several shares out blocks of rows or columns.  With our own kernels every element is
 * summed in the same order however rows and columns are shared out, so that the bits do
 * not depend on it. */
#ifndef MPIBERT_KERNELS_GEMM_H
#define MPIBERT_KERNELS_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "src/kernels/gemm_packed.h"

/* Operations (2 m n k of a product) are counted by base/stage.h.
 *
 * C (m, n) = op(A) (m, k) · op(B) (k, n), added to C or written over it.  In GEMM_FP32
 * (below) all are of single precision.  In GEMM_BF16 any may be bf16: A and B are read
 * as they lie, else rounded first, to the same bits of C; C is the sum, rounded once,
 * and cannot be added to. */
void gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k,
          struct matrix a, struct matrix b, bool add, struct matrix c);

/* Rows of a block that does well as m of gemm_rows: what a thread should take at once.
 * More in GEMM_BF16, where panels that come from afar would be waited for. */
enum { GEMM_BLOCK_ROWS = 96, GEMM_BLOCK_ROWS_MAX = 256 };
int64_t gemm_block_rows(void);

/* Floats that the panels take. */
int64_t gemm_packed_floats(int64_t k, int64_t n);
/* Packing goes by groups of columns or, in GEMM_BF16, of rows: 0 …
 * gemm_pack_groups - 1, in any order and by any thread; a product, of a part too, wants
 * all of them. */
int64_t gemm_pack_groups(const struct gemm_packed *packed);
void gemm_pack(const struct gemm_packed *packed, int64_t group);
/* Of what is packed n columns from j on, which is a group's first: GEMM_GROUP. */
enum { GEMM_GROUP = 64 };
struct gemm_packed gemm_part(const struct gemm_packed *packed, int64_t j, int64_t n);
/* Of all groups rows row … row + n - 1 of B alone, which changed: of GEMM_N, in
 * GEMM_FP32. */
void gemm_pack_rows(const struct gemm_packed *packed, int64_t row, int64_t n);
/* C (m, n) = A (m, k) · op(B), written or added; all groups are packed. */
void gemm_rows(int64_t m, struct matrix a, const struct gemm_packed *packed, bool add,
               struct matrix c);
/* C (m, n) = Aᵀ · op(B) of A (k, m), likewise: in GEMM_BF16 alone, where it is worth to
 * have either turned over once. */
void gemm_columns(int64_t m, struct matrix a, const struct gemm_packed *packed,
                  bool add, struct matrix c);

/* Elements between rows of n such that rows of a tile do not fall on the same lines of
 * a cache: n, or a line more.  (Products do well without it, but copy.) */
int64_t gemm_stride(int64_t n);

/* Of what products are made: numbers as they are, or each rounded to bf16 first; sums
 * are made in single precision.  From here on, for all threads, until it is told
 * otherwise; what was packed under one is not for the other.  Returns what was before.
 * GEMM_BF16 needs tiles, which precision.h chooses. */
enum gemm_precision { GEMM_FP32, GEMM_BF16 };
enum gemm_precision gemm_in(enum gemm_precision precision);
/* Whether it is GEMM_BF16. */
bool gemm_rounds(void);
/* For precision.h: those tiles (tile_pairs.h). */
struct tile_set;
void gemm_use_pairs(const struct tile_set *set);

/* Which kernels: our own where the processor has AVX2, OpenBLAS elsewhere.  Not to be
 * changed while products run. */
enum gemm_backend { GEMM_AUTO, GEMM_OPENBLAS };
void gemm_use(enum gemm_backend backend);

/* What runs, e.g. "AVX-512 tiles of 12 x 32" or OpenBLAS's version and kernels; static.
 */
const char *gemm_describe(void);

#endif
