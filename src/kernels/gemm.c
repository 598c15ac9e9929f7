/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix products from tiles (see tile.h), blocked for the caches: panels of B lie in
 * the second, a tile's rows of A in the first, and a tile of C in registers.  The sizes
 * of blocks are those of one thread, and fixed: they are part of the order of
 * summation. */
#include "src/kernels/gemm.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/stage.h"
#include "src/kernels/openblas.h"
#include "src/kernels/tile.h"

/* Of B packed at once: columns, and words of k; on the stack (512 KiB). */
enum { BLOCK_COLUMNS = 256, BLOCK_DEPTH = 512 };

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

static void begin(const struct tile_set *set) {
    if (set->begin)
        set->begin();
}

static void end(const struct tile_set *set) {
    if (set->end)
        set->end();
}

/* Columns of B as tiles read them, all words of k of as many as a tile has after those
 * of the ones before. */
struct panels {
    const float *at;
    int64_t words; /* of a column */
};

/* From column j, a panel's first, on. */
static struct panels panels_from(struct panels b, int64_t j) {
    return (struct panels){b.at + j * b.words, b.words};
}

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

/* A tile's rows pass n columns of panels. */
static void multiply_tile(const struct tile_set *set, int64_t rows, int64_t n,
                          int64_t k, const float *a, int64_t lda, bool by_columns,
                          struct panels b, bool add, float *c, int64_t ldc) {
    int64_t columns = set->columns, count = (n + columns - 1) / columns;
    for (int64_t j = 0; j < count; j++) {
        if (!by_columns && !set->take)
            look_ahead(set, j, count, k, a, lda);
        set->multiply(rows, smaller(columns, n - j * columns), k, a, lda, by_columns,
                      panels_from(b, j * columns).at, add, c + j * columns, ldc);
    }
}

/* Bytes of panels that stay in the second cache while all rows of a block pass them. */
enum { GROUP_BYTES = 256 << 10 };

/* C (m, n) from panels of depth k.  A tile's rows of A stay in the first cache while
 * they pass a group of panels. */
static void multiply_block(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                           const float *a, int64_t lda, bool by_columns,
                           struct panels b, bool add, float *c, int64_t ldc) {
    int64_t group = (1 + GROUP_BYTES / (4 * set->columns * (k + 1))) * set->columns;
    for (int64_t g = 0; g < n; g += group)
        for (int64_t i = 0; i < m; i += set->rows)
            multiply_tile(set, smaller(set->rows, m - i), smaller(group, n - g), k,
                          a + (by_columns ? i : i * lda), lda, by_columns,
                          panels_from(b, g), add, c + i * ldc + g, ldc);
}

/* Rows of A that lie whole pages apart would all fall on the same few lines of the
 * first cache: a block of them moves to where they do not. */
enum { PAGE_FLOATS = 1024, MOVED_DEPTH = 1024, MOVED_LD = MOVED_DEPTH + 16 };

static const float *move_apart(int64_t rows, int64_t n, const float *a, int64_t lda,
                               int64_t ld, float *moved) {
    for (int64_t i = 0; i < rows; i++)
        memcpy(moved + i * ld, a + i * lda, (size_t)n * sizeof *moved);
    return moved;
}

static void multiply_moved(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                           const float *a, int64_t lda, bool by_columns,
                           struct panels b, bool add, float *c, int64_t ldc) {
    float moved[GEMM_BLOCK_ROWS * MOVED_LD];
    int64_t ld = by_columns ? GEMM_BLOCK_ROWS : MOVED_LD;
    a = by_columns ? move_apart(k, m, a, lda, ld, moved)
                   : move_apart(m, k, a, lda, ld, moved);
    multiply_block(set, m, n, k, a, ld, by_columns, b, add, c, ldc);
}

/* Rows of A that are to be rounded move as well, as words, so many of k at a time. */
static void multiply_taken(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                           const float *a, int64_t lda, bool by_columns,
                           struct panels b, bool add, float *c, int64_t ldc) {
    float moved[GEMM_BLOCK_ROWS * MOVED_LD];
    for (int64_t p = 0; p == 0 || p < b.words; p += MOVED_DEPTH) {
        int64_t words = smaller(MOVED_DEPTH, b.words - p), first = p * set->each;
        set->take(m, smaller(k - first, words * set->each),
                  a + (by_columns ? first * lda : first), lda, by_columns, moved,
                  MOVED_LD);
        multiply_block(set, m, n, words, moved, MOVED_LD, false,
                       (struct panels){b.at + p * set->columns, b.words}, add || p > 0,
                       c, ldc);
    }
}

static void multiply_rows(const struct tile_set *set, int64_t m, int64_t n, int64_t k,
                          const float *a, int64_t lda, bool by_columns,
                          const float *panels, bool add, float *c, int64_t ldc) {
    bool move = lda % PAGE_FLOATS == 0 && k <= MOVED_DEPTH;
    const struct panels b = {panels, tile_words(set, k)};
    for (int64_t i = 0; i < m; i += GEMM_BLOCK_ROWS)
        (set->take ? multiply_taken
         : move    ? multiply_moved
                   : multiply_block)(set, smaller(GEMM_BLOCK_ROWS, m - i), n, k,
                                  a + (by_columns ? i : i * lda), lda, by_columns, b,
                                  add, c + i * ldc, ldc);
}

/* Panels of op(B)'s columns 0 … n-1 and its k from 0. */
static void pack_panels(const struct tile_set *set, enum gemm_op op_b, int64_t n,
                        int64_t k, const float *b, int64_t ldb, float *panels) {
    for (int64_t j = 0; j < n; j += set->columns)
        set->pack(k, smaller(set->columns, n - j), b + (op_b == GEMM_T ? j * ldb : j),
                  ldb, op_b == GEMM_T, panels + j * tile_words(set, k));
}

static void gemm_tiles(const struct tile_set *set, enum gemm_op op_a, enum gemm_op op_b,
                       int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                       const float *b, int64_t ldb, bool add, float *c, int64_t ldc) {
    _Alignas(64) float panels[BLOCK_DEPTH * BLOCK_COLUMNS];
    begin(set);
    for (int64_t p = 0; p < k; p += BLOCK_DEPTH * set->each) {
        int64_t depth = smaller(BLOCK_DEPTH * set->each, k - p);
        for (int64_t j = 0; j < n; j += BLOCK_COLUMNS) {
            int64_t columns = smaller(BLOCK_COLUMNS, n - j);
            pack_panels(set, op_b, columns, depth,
                        b + (op_b == GEMM_T ? j * ldb + p : p * ldb + j), ldb, panels);
            multiply_rows(set, m, columns, depth, a + (op_a == GEMM_T ? p * lda : p),
                          lda, op_a == GEMM_T, panels, add || p > 0, c + j, ldc);
        }
    }
    end(set);
}

void gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k,
          const float *a, int64_t lda, const float *b, int64_t ldb, bool add, float *c,
          int64_t ldc) {
    CHECK(m >= 0 && n >= 0 && k >= 0);
    count_flops(m, n, k);
    if (k == 0 && !add)
        for (int64_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, (size_t)n * sizeof *c);
    else if (own_tiles())
        gemm_tiles(own_tiles(), op_a, op_b, m, n, k, a, lda, b, ldb, add, c, ldc);
    else
        openblas_gemm(op_a == GEMM_T, op_b == GEMM_T, m, n, k, a, lda, b, ldb, add, c,
                      ldc);
}

/* ---- packed once, for many blocks of rows ---- */

/* Columns of a group: a whole number of panels of any set. */
enum { GROUP_COLUMNS = 2 * TILE_COLUMNS_MAX };

/* For any tiles: what k is filled up to is SHORTEST at most, or no more than k. */
enum { SHORTEST = 16 };

int64_t gemm_packed_floats(int64_t k, int64_t n) {
    return (k > SHORTEST ? k : SHORTEST) *
           ((n + TILE_COLUMNS_MAX - 1) / TILE_COLUMNS_MAX * TILE_COLUMNS_MAX);
}

int64_t gemm_pack_groups(const struct gemm_packed *packed) {
    return own_tiles() ? (packed->n + GROUP_COLUMNS - 1) / GROUP_COLUMNS : 0;
}

void gemm_pack(const struct gemm_packed *packed, int64_t group) {
    int64_t j = group * GROUP_COLUMNS, ld = packed->ld;
    pack_panels(own_tiles(), packed->op, smaller(GROUP_COLUMNS, packed->n - j),
                packed->k, packed->b + (packed->op == GEMM_T ? j * ld : j), ld,
                packed->panels + j * tile_words(own_tiles(), packed->k));
}

void gemm_rows(int64_t m, const float *a, int64_t lda, const struct gemm_packed *packed,
               bool add, float *c, int64_t ldc) {
    const struct tile_set *set = own_tiles();
    count_flops(m, packed->n, packed->k);
    if (set) {
        begin(set);
        multiply_rows(set, m, packed->n, packed->k, a, lda, false, packed->panels, add,
                      c, ldc);
        end(set);
    } else
        openblas_gemm(false, packed->op == GEMM_T, m, packed->n, packed->k, a, lda,
                      packed->b, packed->ld, add, c, ldc);
}

int64_t gemm_stride(int64_t n) { return n % PAGE_FLOATS == 0 ? n + 16 : n; }
