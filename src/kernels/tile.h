/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost of a matrix product: a tile of C that stays in registers while k runs.
 * B comes in panels: as many columns as a tile has, all of them for one k after the
 * other, so that it is read in order; A is read in place. */
#ifndef MPIBERT_KERNELS_TILE_H
#define MPIBERT_KERNELS_TILE_H

#include <stdbool.h>
#include <stdint.h>

enum { TILE_COLUMNS_MAX = 32 };

/* C (rows, columns) = or += A (rows, k) · panel (k, columns of the set).  rows and
 * columns are at most the set's.  A's element (i, p) is a[i · lda + p], or a[p · lda +
 * i] if by_columns.  Every element is the sum over k in order, however C is cut into
 * tiles. */
/* An element of panels and of A is a word: a number, or a pair of bf16, which is two of
 * k (tile_pairs.h); words are kept and moved as floats, whatever they hold.  k counts
 * words, here alone. */
typedef void tile_fn(int64_t rows, int64_t columns, int64_t k, const float *a,
                     int64_t lda, bool by_columns, const float *panel, bool add,
                     float *c, int64_t ldc);

/* Panel (words of k, set's columns) from columns of B, or, if transposed, from rows of
 * Bᵀ; zeros where there are fewer columns. */
typedef void tile_pack_fn(int64_t k, int64_t columns, const float *b, int64_t ldb,
                          bool transposed, float *panel);

/* Rows of A (rows,k), as A of tile_fn is, become words (rows, words of k), `ld` apart:
 * rows beyond, up to a multiple of the set's, and words beyond k are zeros. */
typedef void tile_take_fn(int64_t rows, int64_t k, const float *a, int64_t lda,
                          bool by_columns, float *words, int64_t ld);

struct tile_set {
    const char *name;
    int64_t rows, columns;
    tile_fn *multiply;
    tile_pack_fn *pack;
    int64_t each, unit; /* k's in a word; words that k is filled up to a multiple of */
    tile_take_fn *take; /* NULL: A is read in place */
    void (*begin)(void), (*end)(void); /* around products of a thread; NULL: nothing */
};

/* Words of k. */
static inline int64_t tile_words(const struct tile_set *set, int64_t k) {
    int64_t step = set->each * set->unit;
    return (k + step - 1) / step * set->unit;
}

/* The set of the instruction set in use; NULL where there is none of ours. */
const struct tile_set *tile_choose(void);

#endif
