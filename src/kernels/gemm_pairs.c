/* SPDX-License-Identifier: Apache-2.0 */
/* Products of bf16: see gemm_pairs.h.  Rows of A are read where they lie if they fill
 * tiles of words, and are taken to a thread's own room else: rounded, turned over or
 * filled up.  Like panels they have all of k, as far as DEPTH goes, so that a tile of C
 * is made at once and may be rounded. */
#include "src/kernels/gemm_pairs.h"

#include "src/base/bf16.h"
#include "src/base/die.h"
#include "src/kernels/pairs.h"

/* k's of a sum that is made at once, of rows that met packed columns, and of others:
 * part of the order of summation. */
enum { DEPTH = 4096, SHALLOW = 2048 };
/* Words on a thread's stack (512 KiB), of A and of panels of B: a tile's of DEPTH at
 * least. */
enum { ROOM = DEPTH * TILE_COLUMNS_MAX };
/* Bytes of panels that stay in the second cache while all rows pass them. */
enum { GROUP_BYTES = 512 << 10 };

/* Rows of A (m,k) as words. */
struct words {
    const float *at;
    int64_t ld, k;
};

/* From column 0 on, all words of a column `ld` long, of which k are met. */
struct panels {
    const float *at;
    int64_t ld;
};

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* A tile of C. */
static void multiply_tile(const struct tile_set *set, int64_t rows, int64_t columns,
                          struct words a, const float *panel, bool add,
                          struct matrix c) {
    float sums[TILE_COLUMNS_MAX * TILE_COLUMNS_MAX];
    if (c.kind == NUMBER_F32) {
        set->multiply(rows, columns, a.k, a.at, a.ld, false, panel, add, c.at, c.ld);
        return;
    }
    set->multiply(rows, columns, a.k, a.at, a.ld, false, panel, false, sums,
                  TILE_COLUMNS_MAX);
    for (int64_t i = 0; i < rows; i++)
        bf16_narrow((size_t)columns, sums + i * TILE_COLUMNS_MAX,
                    (uint16_t *)c.at + i * c.ld);
}

/* C (m,n): a tile's rows of A pass a group of panels. */
static void multiply_words(const struct tile_set *set, int64_t m, int64_t n,
                           struct words a, struct panels b, bool add, struct matrix c) {
    int64_t width = set->columns;
    int64_t group = (1 + GROUP_BYTES / (4 * width * (a.k + 1))) * width;
    for (int64_t g = 0; g < n; g += group)
        for (int64_t i = 0; i < m; i += set->rows)
            for (int64_t j = g; j < smaller(g + group, n); j += width)
                multiply_tile(set, smaller(set->rows, m - i), smaller(width, n - j),
                              (struct words){a.at + i * a.ld, a.ld, a.k},
                              b.at + j * b.ld, add, matrix_from(c, i, j));
}

/* Rows that can be read where they lie: whole tiles of whole words. */
static int64_t rows_in_place(const struct tile_set *set, enum gemm_op op, int64_t m,
                             int64_t k, struct matrix a) {
    bool words = a.kind == NUMBER_BF16 && op == GEMM_N && a.ld % 2 == 0 &&
                 k % (2 * set->unit) == 0;
    return words ? m / set->rows * set->rows : 0;
}

/* C (m,n) from k ≤ DEPTH. */
static void multiply_depth(const struct tile_set *set, enum gemm_op op, int64_t m,
                           int64_t n, int64_t k, struct matrix a, struct panels b,
                           bool add, struct matrix c) {
    float room[ROOM];
    int64_t words = pairs_words(set, k), first = rows_in_place(set, op, m, k, a);
    int64_t most = ROOM / (words + set->unit) / set->rows * set->rows;
    multiply_words(set, first, n, (struct words){a.at, a.ld / 2, words}, b, add, c);
    for (int64_t i = first; i < m; i += most) {
        int64_t rows = smaller(most, m - i);
        pairs_take(set, rows, k,
                   op == GEMM_T ? matrix_from(a, 0, i) : matrix_from(a, i, 0),
                   op == GEMM_T, room, words);
        multiply_words(set, rows, n, (struct words){room, words, words}, b, add,
                       matrix_from(c, i, 0));
    }
}

/* C from panels of all k, so many of it at a time. */
static void multiply_packed(const struct tile_set *set, enum gemm_op op, int64_t m,
                            struct matrix a, const struct gemm_packed *packed, bool add,
                            struct matrix c) {
    int64_t k = packed->k, words = pairs_words(set, k);
    CHECK(c.kind == NUMBER_F32 || (!add && k <= DEPTH));
    for (int64_t p = 0; p == 0 || p < k; p += DEPTH)
        multiply_depth(set, op, m, packed->n, smaller(DEPTH, k - p),
                       op == GEMM_T ? matrix_from(a, p, 0) : matrix_from(a, 0, p),
                       (struct panels){packed->panels + p / 2 * set->columns, words},
                       add || p > 0, c);
}

static void begin(const struct tile_set *set) {
    if (set->begin)
        set->begin();
}

static void end(const struct tile_set *set) {
    if (set->end)
        set->end();
}

void gemm_pairs_pack(const struct tile_set *set, const struct gemm_packed *packed,
                     int64_t j, int64_t n) {
    bool turned = packed->op == GEMM_T;
    for (int64_t first = j, width = set->columns; first < j + n; first += width)
        pairs_pack(set, packed->k, smaller(width, j + n - first),
                   turned ? matrix_from(packed->b, first, 0)
                          : matrix_from(packed->b, 0, first),
                   turned, packed->panels + first * pairs_words(set, packed->k));
}

void gemm_pairs_rows(const struct tile_set *set, int64_t m, struct matrix a,
                     const struct gemm_packed *packed, bool add, struct matrix c) {
    begin(set);
    multiply_packed(set, GEMM_N, m, a, packed, add, c);
    end(set);
}

void gemm_pairs(const struct tile_set *set, enum gemm_op op_a, enum gemm_op op_b,
                int64_t m, int64_t n, int64_t k, struct matrix a, struct matrix b,
                bool add, struct matrix c) {
    _Alignas(64) float panels[ROOM];
    int64_t most_k = c.kind == NUMBER_F32 ? SHALLOW : DEPTH;
    CHECK(k <= most_k || c.kind == NUMBER_F32);
    begin(set);
    for (int64_t p = 0; p < k; p += most_k) {
        int64_t depth = smaller(most_k, k - p), words = pairs_words(set, depth);
        int64_t most = ROOM / words / set->columns * set->columns;
        struct matrix a_from =
            op_a == GEMM_T ? matrix_from(a, p, 0) : matrix_from(a, 0, p);
        for (int64_t j = 0; j < n; j += most) {
            struct gemm_packed packed = {
                op_b, depth, smaller(most, n - j),
                op_b == GEMM_T ? matrix_from(b, j, p) : matrix_from(b, p, j), panels};
            gemm_pairs_pack(set, &packed, 0, packed.n);
            multiply_packed(set, op_a, m, a_from, &packed, add || p > 0,
                            matrix_from(c, 0, j));
        }
    }
    end(set);
}
