/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost of a matrix product: a tile of C that stays in registers while k runs.
 * B comes in panels: as many columns as a tile has, all of them for one k after the
 * other, so that it is read in order; A is read in place. */
#ifndef MPIBERT_KERNELS_TILE_H
#define MPIBERT_KERNELS_TILE_H

#include <stdbool.h>
#include <stdint.h>

/* TILE_LINE: words of a line of the caches. */
enum { TILE_COLUMNS_MAX = 32, TILE_DEPTH_MAX = 512, TILE_LINE = 16 };

/* C (rows, columns) = or += A (rows, k) · panel (k, columns of the set).  rows and
 * columns are at most the set's.  A's element (i, p) is a[i · lda + p], or a[p · lda +
 * i] if by_columns.  Every element is the sum over k in order, however C is cut into
 * tiles.
 *
 * An element of panels and of A is a word: a number, or a pair of bf16, which is two of
 * k (tile_pairs.h); words are kept and moved as floats, whatever they hold.  k counts
 * words, here alone. */
typedef void tile_fn(int64_t rows, int64_t columns, int64_t k, const float *a,
                     int64_t lda, bool by_columns, const float *panel, bool add,
                     float *c, int64_t ldc);

/* C (set's rows, n) of A's columns and all n columns of panels, to the same bits;
 * k ≤ TILE_DEPTH_MAX.  Columns of A are far apart: they are brought together first, and
 * those of the next rows are asked for meanwhile. */
typedef void tile_columns_fn(int64_t n, int64_t k, const float *a, int64_t lda,
                             const float *panels, bool add, float *c, int64_t ldc);

/* Panel (k, set's columns) from columns of B, or, if transposed, from rows of Bᵀ; zeros
 * where there are fewer columns. */
typedef void tile_pack_fn(int64_t k, int64_t columns, const float *b, int64_t ldb,
                          bool transposed, float *panel);

/* The same of a whole tile, A by rows, with k of the set's units: from where C is, or
 * NULL, to where it is to be.  Meanwhile so many lines of 64 bytes, of every 2 KiB from
 * `next` on, are asked for: of as many such pieces as k has units. */
typedef void tile_whole_fn(int64_t k, const float *a, int64_t lda, const float *panel,
                           const float *next, int64_t lines, const float *from,
                           int64_t from_ld, float *to, int64_t to_ld);

struct tile_set {
    const char *name;
    int64_t rows, columns;
    tile_fn *multiply;
    tile_columns_fn *multiply_columns;
    tile_pack_fn *pack; /* of numbers; pairs: see tile_pairs.h, as the others */
    int64_t unit;       /* words that k is filled up to a multiple of */
    int64_t part; /* words of k that a tile may be made of at a time, to the same bits;
                     0: of all */
    tile_whole_fn *multiply_whole;     /* NULL: there is none */
    void (*begin)(void), (*end)(void); /* around products of a thread; NULL: nothing */
};

/* The set of the instruction set in use; NULL where there is none of ours. */
const struct tile_set *tile_choose(void);

#endif
