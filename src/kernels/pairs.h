/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as words: pairs of bf16, which are two k's that follow each other, the
 * earlier one in the lower half.  Numbers in single precision are rounded to nearest
 * even on the way. */
#ifndef MPIBERT_KERNELS_PAIRS_H
#define MPIBERT_KERNELS_PAIRS_H

#include <stdbool.h>

#include "src/kernels/matrix.h"
#include "src/kernels/tile.h"

/* Words of k, filled up as the tiles want it. */
static inline int64_t pairs_words(const struct tile_set *set, int64_t k) {
    return (k + 2 * set->unit - 1) / (2 * set->unit) * set->unit;
}

/* Panels (words of k, the set's columns), one after the other, from rows of Bᵀ (n,k);
 * zeros where there are fewer columns, and after k. */
void pairs_pack_rows(const struct tile_set *set, int64_t k, int64_t n, struct matrix b,
                     float *panels);

/* The same from columns of B (k,n): of the panels k's first … end-1.  These are
 * multiples of PAIRS_DEPTH, but for k. */
enum { PAIRS_DEPTH = 32 };
void pairs_pack_columns(const struct tile_set *set, int64_t k, int64_t n,
                        struct matrix b, int64_t first, int64_t end, float *panels);

/* Rows (rows, words of k), `ld` words apart, from rows of A (rows,k), or, if turned,
 * from columns of Aᵀ (k,rows); zeros in rows up to a multiple of the set's, and after
 * k. */
void pairs_take(const struct tile_set *set, int64_t rows, int64_t k, struct matrix a,
                bool turned, float *words, int64_t ld);

#endif
