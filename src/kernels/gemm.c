/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products from tiles (see tile.h), blocked for the caches: panels of B lie in
 * the second, a tile's rows of A in the first, and a tile of C in registers.  The sizes
 * of blocks are those of one thread, and fixed: they are part of the order of
 * summation. */
#include "src/kernels/gemm.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/gemm_pairs.h"
#include "src/kernels/openblas.h"
#include "src/kernels/pairs.h"
#include "src/kernels/tile.h"

/* Of B packed at once: columns, and k; on the stack (512 KiB). */
enum { BLOCK_COLUMNS = 256, BLOCK_DEPTH = TILE_DEPTH_MAX };

static enum gemm_backend chosen = GEMM_AUTO;
static enum gemm_precision precision = GEMM_FP32;
static const struct tile_set *pairs;

void gemm_use(enum gemm_backend backend) { chosen = backend; }

void gemm_use_pairs(const struct tile_set *set) { pairs = set; }

enum gemm_precision gemm_in(enum gemm_precision wanted) {
    enum gemm_precision before = precision;
    CHECK(wanted == GEMM_FP32 || pairs);
    precision = wanted;
    return before;
}

bool gemm_rounds(void) { return precision == GEMM_BF16; }

int64_t gemm_block_rows(void) {
    return precision == GEMM_BF16 ? GEMM_BLOCK_ROWS_MAX : GEMM_BLOCK_ROWS;
}

static const struct tile_set *own_tiles(void) {
    if (precision == GEMM_BF16)
        return pairs;
    return chosen == GEMM_AUTO ? tile_choose() : NULL;
}

static void count_flops(int64_t m, int64_t n, int64_t k) {
    stage_add_flops(2.0 * (double)m * (double)n * (double)k);
}

const char *gemm_describe(void) {
    return own_tiles() ? own_tiles()->name : openblas_describe();
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* A part of the rows of A after a tile's own, whose turn is next: with panel `at` of
 * so many.  They are asked for bit by bit, because they may come from memory, and few
 * lines can be on their way at once.  After the end of A this asks in vain, and
 * harmlessly. */
static void look_ahead(const struct tile_set *set, int64_t at, int64_t panels,
                       int64_t k, const float *a, int64_t lda) {
    int64_t each = (set->rows + panels - 1) / panels, end = (at + 1) * each;
    for (int64_t i = at * each; i < smaller(end, set->rows); i++)
        for (int64_t p = 0; p < k; p += 16)
            __builtin_prefetch(a + (set->rows + i) * lda + p, 0, 2);
}

/* A tile's rows pass n columns of panels; these are the first that they meet, or not.
 */
static void multiply_tile(const struct tile_set *set, int64_t rows, int64_t n,
                          int64_t k, const float *a, int64_t lda, const float *panels,
                          bool first, bool add, float *c, int64_t ldc) {
    int64_t columns = set->columns, count = (n + columns - 1) / columns;
    for (int64_t j = 0; j < count; j++) {
        if (first)
            look_ahead(set, j, count, k, a, lda);
        set->multiply(rows, smaller(columns, n - j * columns), k, a, lda, false,
                      panels + j * columns * k, add, c + j * columns, ldc);
    }
}

/* Bytes of panels that stay in the second cache while all rows of a block pass them. */
enum { GROUP_BYTES = 256 << 10 };

/* C (m, n) from panels of depth k.  A tile's rows of A stay in the first cache while
 * they pass a group of panels. */
static void multiply_block(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                           const float *a, int64_t lda, const float *panels, bool add,
                           float *c, int64_t ldc) {
    int64_t group = (1 + GROUP_BYTES / (4 * set->columns * (k + 1))) * set->columns;
    for (int64_t g = 0; g < n; g += group)
        for (int64_t i = 0; i < m; i += set->rows)
            multiply_tile(set, smaller(set->rows, m - i), smaller(group, n - g), k,
                          a + i * lda, lda, panels + g * k, g == 0, add,
                          c + i * ldc + g, ldc);
}

/* Rows of A that lie whole pages apart would all fall on the same few lines of the
 * first cache: a block of them moves to where they do not. */
enum { PAGE_FLOATS = 1024, MOVED_DEPTH = 1024, MOVED_LD = MOVED_DEPTH + TILE_LINE };

static void multiply_moved(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                           const float *a, int64_t lda, const float *panels, bool add,
                           float *c, int64_t ldc) {
    float moved[GEMM_BLOCK_ROWS * MOVED_LD];
    for (int64_t i = 0; i < m; i++)
        memcpy(moved + i * MOVED_LD, a + i * lda, (size_t)k * sizeof *moved);
    multiply_block(set, m, n, k, moved, MOVED_LD, panels, add, c, ldc);
}

static void multiply_rows(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                          const float *a, int64_t lda, const float *panels, bool add,
                          float *c, int64_t ldc) {
    bool move = lda % PAGE_FLOATS == 0 && k <= MOVED_DEPTH;
    for (int64_t i = 0; i < m; i += GEMM_BLOCK_ROWS)
        (move ? multiply_moved : multiply_block)(set, smaller(GEMM_BLOCK_ROWS, m - i),
                                                 n, k, a + i * lda, lda, panels, add,
                                                 c + i * ldc, ldc);
}

/* So many panels that it is worth while to bring columns of A together for them. */
enum { MANY_PANELS = 5 };

/* C (m, n) of A (k, m), from panels that stay in the second cache. */
static void multiply_columns(const struct tile_set *set, int64_t m, int64_t n,
                             int64_t k, const float *a, int64_t lda,
                             const float *panels, bool add, float *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i += set->rows) {
        int64_t rows = smaller(set->rows, m - i), columns = set->columns;
        float *to = c + i * ldc;
        if (rows == set->rows && n >= MANY_PANELS * columns)
            set->multiply_columns(n, k, a + i, lda, panels, add, to, ldc);
        else
            for (int64_t j = 0; j < n; j += columns)
                set->multiply(rows, smaller(columns, n - j), k, a + i, lda, true,
                              panels + j * k, add, to + j, ldc);
    }
}

/* Panels of op(B)'s columns 0 … n-1 and its k from 0. */
static void pack_panels(const struct tile_set *set, enum gemm_op op_b, int64_t n,
                        int64_t k, const float *b, int64_t ldb, float *panels) {
    for (int64_t j = 0; j < n; j += set->columns)
        set->pack(k, smaller(set->columns, n - j), b + (op_b == GEMM_T ? j * ldb : j),
                  ldb, op_b == GEMM_T, panels + j * k);
}

static void gemm_tiles(const struct tile_set *set, enum gemm_op op_a, enum gemm_op op_b,
                       int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                       const float *b, int64_t ldb, bool add, float *c, int64_t ldc) {
    _Alignas(64) float panels[BLOCK_DEPTH * BLOCK_COLUMNS];
    for (int64_t p = 0; p < k; p += BLOCK_DEPTH) {
        int64_t depth = smaller(BLOCK_DEPTH, k - p);
        for (int64_t j = 0; j < n; j += BLOCK_COLUMNS) {
            int64_t columns = smaller(BLOCK_COLUMNS, n - j);
            pack_panels(set, op_b, columns, depth,
                        b + (op_b == GEMM_T ? j * ldb + p : p * ldb + j), ldb, panels);
            if (op_a == GEMM_T)
                multiply_columns(set, m, columns, depth, a + p * lda, lda, panels,
                                 add || p > 0, c + j, ldc);
            else
                multiply_rows(set, m, columns, depth, a + p, lda, panels, add || p > 0,
                              c + j, ldc);
        }
    }
}

static void clear(int64_t m, int64_t n, struct matrix c) {
    for (int64_t i = 0; i < m; i++)
        memset(matrix_from(c, i, 0).at, 0, (size_t)n * number_bytes(c.kind));
}

static bool are_f32(struct matrix a, struct matrix b, struct matrix c) {
    return a.kind == NUMBER_F32 && b.kind == NUMBER_F32 && c.kind == NUMBER_F32;
}

void gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k,
          struct matrix a, struct matrix b, bool add, struct matrix c) {
    const struct tile_set *set = own_tiles();
    CHECK(m >= 0 && n >= 0 && k >= 0);
    CHECK(precision == GEMM_BF16 || are_f32(a, b, c));
    count_flops(m, n, k);
    if (k == 0 && !add)
        clear(m, n, c);
    else if (precision == GEMM_BF16)
        gemm_pairs(set, op_a, op_b, m, n, k, a, b, add, c);
    else if (set)
        gemm_tiles(set, op_a, op_b, m, n, k, a.at, a.ld, b.at, b.ld, add, c.at, c.ld);
    else
        openblas_gemm(op_a == GEMM_T, op_b == GEMM_T, m, n, k, a.at, a.ld, b.at, b.ld,
                      add, c.at, c.ld);
}

/* ---- packed once, for many blocks of rows ---- */

_Static_assert(GEMM_GROUP % TILE_COLUMNS_MAX == 0, "whole panels of any set");

/* For any tiles: what k is filled up to is SHORTEST at most, or no more than k. */
enum { SHORTEST = 16 };

int64_t gemm_packed_floats(int64_t k, int64_t n) {
    return (k > SHORTEST ? k : SHORTEST) *
           ((n + TILE_COLUMNS_MAX - 1) / TILE_COLUMNS_MAX * TILE_COLUMNS_MAX);
}

int64_t gemm_pack_groups(const struct gemm_packed *packed) {
    return own_tiles() ? (packed->n + GEMM_GROUP - 1) / GEMM_GROUP : 0;
}

void gemm_pack(const struct gemm_packed *packed, int64_t group) {
    int64_t j = group * GEMM_GROUP, n = smaller(GEMM_GROUP, packed->n - j);
    const struct matrix b = packed->op == GEMM_T ? matrix_from(packed->b, j, 0)
                                                 : matrix_from(packed->b, 0, j);
    if (precision == GEMM_BF16)
        gemm_pairs_pack(own_tiles(), packed, j, n);
    else
        pack_panels(own_tiles(), packed->op, n, packed->k, b.at, b.ld,
                    packed->panels + j * packed->k);
}

struct gemm_packed gemm_part(const struct gemm_packed *packed, int64_t j, int64_t n) {
    int64_t words =
        precision == GEMM_BF16 ? pairs_words(own_tiles(), packed->k) : packed->k;
    CHECK(j % GEMM_GROUP == 0);
    return (struct gemm_packed){.op = packed->op,
                                .k = packed->k,
                                .n = n,
                                .b = packed->op == GEMM_T
                                         ? matrix_from(packed->b, j, 0)
                                         : matrix_from(packed->b, 0, j),
                                .panels = packed->panels + j * words};
}

void gemm_pack_rows(const struct gemm_packed *packed, int64_t row, int64_t n) {
    const struct tile_set *set = own_tiles();
    CHECK(packed->op == GEMM_N && precision == GEMM_FP32);
    for (int64_t j = 0; set && j < packed->n; j += set->columns) {
        const struct matrix b = matrix_from(packed->b, row, j);
        set->pack(n, smaller(set->columns, packed->n - j), b.at, b.ld, false,
                  packed->panels + j * packed->k + row * set->columns);
    }
}

void gemm_rows(int64_t m, struct matrix a, const struct gemm_packed *packed, bool add,
               struct matrix c) {
    const struct tile_set *set = own_tiles();
    CHECK(precision == GEMM_BF16 || are_f32(a, packed->b, c));
    count_flops(m, packed->n, packed->k);
    if (precision == GEMM_BF16)
        gemm_pairs_rows(set, GEMM_N, m, a, packed, add, c);
    else if (set)
        multiply_rows(set, m, packed->n, packed->k, a.at, a.ld, packed->panels, add,
                      c.at, c.ld);
    else
        openblas_gemm(false, packed->op == GEMM_T, m, packed->n, packed->k, a.at, a.ld,
                      packed->b.at, packed->b.ld, add, c.at, c.ld);
}

void gemm_columns(int64_t m, struct matrix a, const struct gemm_packed *packed,
                  bool add, struct matrix c) {
    CHECK(precision == GEMM_BF16);
    count_flops(m, packed->n, packed->k);
    gemm_pairs_rows(own_tiles(), GEMM_T, m, a, packed, add, c);
}

int64_t gemm_stride(int64_t n) { return n % PAGE_FLOATS == 0 ? n + 16 : n; }
