/* SPDX-License-Identifier: Apache-2.0 */
/* Products of bf16: see gemm_pairs.h.  Rows of A are read where they lie if they fill
 * tiles of words, and are taken to a thread's own room else: rounded, turned over or
 * filled up.  Like panels they have all of k, as far as DEPTH goes, so that a tile of C
 * is made at once and may be rounded.
 *
 * Tiles multiply faster than anything beyond the second cache can be read.  So one
 * operand stays there: rows of A if they fit, which few panels at a time pass, or else
 * many panels, which rows pass; and what comes next is asked for meanwhile. */
#include "src/kernels/gemm_pairs.h"

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/kernels/pairs.h"

/* k's of a sum that is made at once, of rows that meet packed columns, and of others:
 * part of the order of summation. */
enum { DEPTH = 4096, SHALLOW = 2048 };
/* Words of what stays in the second cache (1 MiB): a tile's of DEPTH at least.  Panels
 * that pass at once. */
enum { STAYS = 256 << 10, PASSING = 2 };
/* Of a block of C whose sums wait to be rounded. */
enum { ROWS = 256, COLUMNS = 256 };

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

/* A thread's own, for ever. */
struct room {
    float a[STAYS], panels[STAYS / 2], sums[ROWS * COLUMNS];
};

static struct room *room_find(void) {
    static _Thread_local struct room *room;
    if (room == NULL)
        room = mem_map(1, sizeof *room);
    return room;
}

/* ---- tiles from words ---- */

/* Lines of 2 KiB of panels. */
enum { LINES = 32, LINE_WORDS = 16 };

/* C (m,n) from rows and a group of panels, which n fills but for the last. */
struct group {
    const struct tile_set *set;
    int64_t m, n, filled; /* rows of whole tiles */
    struct words a;
    struct panels b;
    const float *next; /* the next group, asked for meanwhile; NULL: there is none */
};

/* A tile from words p … p+k-1.  With each tile's rows some lines of its panel are asked
 * for of the next group. */
static void multiply_tile(const struct group *g, int64_t i, int64_t j, int64_t p,
                          int64_t k, bool add, float *c, int64_t ldc) {
    const struct tile_set *set = g->set;
    int64_t rows = smaller(set->rows, g->m - i),
            columns = smaller(set->columns, g->n - j);
    int64_t at = j * g->b.ld + p * set->columns, line = i * LINES / g->filled;
    const float *a = g->a.at + i * g->a.ld + p;
    if (g->next && rows == set->rows && columns == set->columns)
        set->multiply_ahead(k, a, g->a.ld, g->b.at + at,
                            g->next + at + line * LINE_WORDS,
                            (i + rows) * LINES / g->filled - line, add, c, ldc);
    else
        set->multiply(rows, columns, k, a, g->a.ld, false, g->b.at + at, add, c, ldc);
}

/* Where the sums of a tile of C wait until they are all there: in C, or, if they are
 * then rounded, in a room of the thread's; with one part a tile's will do. */
static struct matrix place_sums(const struct group *g, int64_t i, int64_t j,
                                bool one_part, struct matrix c) {
    float *sums = room_find()->sums;
    if (c.kind == NUMBER_F32)
        return matrix_from(c, i, j);
    return one_part
               ? matrix_f32(sums, g->set->columns)
               : matrix_f32(sums + j * ROWS + i * g->set->columns, g->set->columns);
}

/* A tile's sums get those of words p … p+part-1; after the last of them C gets it. */
static void add_part(const struct group *g, int64_t i, int64_t j, int64_t p,
                     int64_t part, bool add, struct matrix c) {
    const struct matrix sums = place_sums(g, i, j, part >= g->a.k, c);
    multiply_tile(g, i, j, p, smaller(part, g->a.k - p), add || p > 0, sums.at,
                  sums.ld);
    if (c.kind == NUMBER_BF16 && p + part >= g->a.k)
        pairs_round(smaller(g->set->rows, g->m - i), smaller(g->set->columns, g->n - j),
                    sums.at, sums.ld, matrix_from(c, i, j).at, c.ld);
}

/* All words of a part meet before the next part, if parts there may be: so much of A's
 * rows and of panels stays in the first cache. */
static void multiply_group(const struct group *g, bool add, struct matrix c) {
    int64_t part = g->set->part ? g->set->part : g->a.k + 1;
    for (int64_t p = 0; p == 0 || p < g->a.k; p += part)
        for (int64_t i = 0; i < g->m; i += g->set->rows)
            for (int64_t j = 0; j < g->n; j += g->set->columns)
                add_part(g, i, j, p, part, add, c);
}

/* At most ROWS rows: they stay, or panels do. */
static void multiply_words(const struct tile_set *set, int64_t m, int64_t n,
                           struct words a, struct panels b, bool add, struct matrix c) {
    int64_t width = set->columns, each = PASSING * width;
    bool stay = m * a.k <= STAYS;
    if (!stay)
        each = smaller(STAYS / (a.k + 1) / width * width, COLUMNS);
    for (int64_t j = 0; j < n; j += each) {
        struct group g = {.set = set,
                          .m = m,
                          .n = smaller(each, n - j),
                          .filled = (m + set->rows - 1) / set->rows * set->rows,
                          .a = a,
                          .b = {b.at + j * b.ld, b.ld}};
        if (stay && set->multiply_ahead && j + each < n)
            g.next = g.b.at + each * b.ld;
        multiply_group(&g, add, matrix_from(c, 0, j));
    }
}

static void multiply_blocks(const struct tile_set *set, int64_t m, int64_t n,
                            struct words a, struct panels b, bool add,
                            struct matrix c) {
    for (int64_t i = 0; i < m; i += ROWS)
        multiply_words(set, smaller(ROWS, m - i), n,
                       (struct words){a.at + i * a.ld, a.ld, a.k}, b, add,
                       matrix_from(c, i, 0));
}

/* ---- words from rows ---- */

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
    float *room = room_find()->a;
    int64_t words = pairs_words(set, k), first = rows_in_place(set, op, m, k, a);
    int64_t ld = words + LINE_WORDS; /* so that rows do not lie pages apart */
    int64_t most = STAYS / ld / set->rows * set->rows;
    multiply_blocks(set, first, n, (struct words){a.at, a.ld / 2, words}, b, add, c);
    for (int64_t i = first; i < m; i += most) {
        int64_t rows = smaller(most, m - i);
        pairs_take(set, rows, k,
                   op == GEMM_T ? matrix_from(a, 0, i) : matrix_from(a, i, 0),
                   op == GEMM_T, room, ld);
        multiply_blocks(set, rows, n, (struct words){room, ld, words}, b, add,
                        matrix_from(c, i, 0));
    }
}

/* From k's number `first` on. */
static struct matrix from_k(enum gemm_op op, struct matrix a, int64_t first) {
    return op == GEMM_T ? matrix_from(a, first, 0) : matrix_from(a, 0, first);
}

/* C from panels of all k, so many of it at a time. */
static void multiply_packed(const struct tile_set *set, enum gemm_op op, int64_t m,
                            struct matrix a, const struct gemm_packed *packed, bool add,
                            struct matrix c) {
    int64_t k = packed->k, words = pairs_words(set, k);
    int64_t most = op == GEMM_T ? SHALLOW : DEPTH;
    CHECK(c.kind == NUMBER_F32 || (!add && k <= most));
    for (int64_t p = 0; p == 0 || p < k; p += most)
        multiply_depth(set, op, m, packed->n, smaller(most, k - p), from_k(op, a, p),
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
    pairs_pack(set, packed->k, n,
               turned ? matrix_from(packed->b, j, 0) : matrix_from(packed->b, 0, j),
               turned, packed->panels + j * pairs_words(set, packed->k));
}

void gemm_pairs_rows(const struct tile_set *set, enum gemm_op op_a, int64_t m,
                     struct matrix a, const struct gemm_packed *packed, bool add,
                     struct matrix c) {
    begin(set);
    multiply_packed(set, op_a, m, a, packed, add, c);
    end(set);
}

/* ---- packed on the way ---- */

void gemm_pairs(const struct tile_set *set, enum gemm_op op_a, enum gemm_op op_b,
                int64_t m, int64_t n, int64_t k, struct matrix a, struct matrix b,
                bool add, struct matrix c) {
    int64_t most_k = c.kind == NUMBER_F32 ? SHALLOW : DEPTH;
    CHECK(k <= most_k || c.kind == NUMBER_F32);
    begin(set);
    for (int64_t p = 0; p < k; p += most_k) {
        int64_t depth = smaller(most_k, k - p), words = pairs_words(set, depth);
        int64_t most = STAYS / 2 / words / set->columns * set->columns;
        for (int64_t j = 0; j < n; j += most) {
            struct gemm_packed packed = {op_b, depth, smaller(most, n - j),
                                         op_b == GEMM_T ? matrix_from(b, j, p)
                                                        : matrix_from(b, p, j),
                                         room_find()->panels};
            gemm_pairs_pack(set, &packed, 0, packed.n);
            multiply_packed(set, op_a, m, from_k(op_a, a, p), &packed, add || p > 0,
                            matrix_from(c, 0, j));
        }
    }
    end(set);
}
