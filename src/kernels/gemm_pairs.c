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
    float a[STAYS], panels[STAYS / 2];
};

static struct room *room_find(void) {
    static _Thread_local struct room *room;
    if (room == NULL)
        room = mem_map(1, sizeof *room);
    return room;
}

/* ---- a tile of C ---- */

struct tile {
    const struct tile_set *set;
    int64_t rows, columns;
    struct words a;
    const float *panel, *next; /* NULL: nothing */
    int64_t lines;             /* of next, asked for meanwhile */
};

static void multiply_to(const struct tile *t, bool add, float *c, int64_t ldc) {
    const struct tile_set *set = t->set;
    if (t->next && t->rows == set->rows && t->columns == set->columns)
        set->multiply_ahead(t->a.k, t->a.at, t->a.ld, t->panel, t->next, t->lines, add,
                            c, ldc);
    else
        set->multiply(t->rows, t->columns, t->a.k, t->a.at, t->a.ld, false, t->panel,
                      add, c, ldc);
}

static void multiply_tile(const struct tile *t, bool add, struct matrix c) {
    _Alignas(64) float sums[TILE_COLUMNS_MAX * TILE_COLUMNS_MAX];
    if (c.kind == NUMBER_F32) {
        multiply_to(t, add, c.at, c.ld);
        return;
    }
    multiply_to(t, false, sums, TILE_COLUMNS_MAX);
    pairs_round(t->rows, t->columns, sums, TILE_COLUMNS_MAX, c.at, c.ld);
}

/* ---- tiles from words ---- */

/* Lines of 2 KiB of panels. */
enum { LINES = 32, LINE_WORDS = 16 };

/* C (m,n): rows pass a group of panels, and meanwhile those of the next one are asked
 * for, a part of their lines with each tile's rows. */
static void multiply_group(const struct tile_set *set, int64_t m, int64_t n,
                           struct words a, struct panels b, bool last, bool add,
                           struct matrix c) {
    int64_t height = set->rows, width = set->columns, tiles = (m + height - 1) / height;
    int64_t lines = (LINES + tiles - 1) / tiles;
    const float *next = b.at + (n + width - 1) / width * width * b.ld;
    bool ahead = set->multiply_ahead && !last;
    for (int64_t i = 0, line = 0; i < m; i += height, line += lines)
        for (int64_t j = 0; j < n; j += width) {
            struct tile tile = {.set = set,
                                .rows = smaller(height, m - i),
                                .columns = smaller(width, n - j),
                                .a = {a.at + i * a.ld, a.ld, a.k},
                                .panel = b.at + j * b.ld};
            if (ahead && line < LINES) {
                tile.next = next + j * b.ld + line * LINE_WORDS;
                tile.lines = smaller(lines, LINES - line);
            }
            multiply_tile(&tile, add, matrix_from(c, i, j));
        }
}

static void multiply_words(const struct tile_set *set, int64_t m, int64_t n,
                           struct words a, struct panels b, bool add, struct matrix c) {
    int64_t width = set->columns, group = PASSING * width;
    if (m * a.k > STAYS && a.k * group < STAYS)
        group = STAYS / a.k / width * width;
    for (int64_t g = 0; m > 0 && g < n; g += group)
        multiply_group(set, m, smaller(group, n - g), a,
                       (struct panels){b.at + g * b.ld, b.ld}, g + group >= n, add,
                       matrix_from(c, 0, g));
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
    multiply_words(set, first, n, (struct words){a.at, a.ld / 2, words}, b, add, c);
    for (int64_t i = first; i < m; i += most) {
        int64_t rows = smaller(most, m - i);
        pairs_take(set, rows, k,
                   op == GEMM_T ? matrix_from(a, 0, i) : matrix_from(a, i, 0),
                   op == GEMM_T, room, ld);
        multiply_words(set, rows, n, (struct words){room, ld, words}, b, add,
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
    for (int64_t first = j, width = set->columns; first < j + n; first += width)
        pairs_pack(set, packed->k, smaller(width, j + n - first),
                   turned ? matrix_from(packed->b, first, 0)
                          : matrix_from(packed->b, 0, first),
                   turned, packed->panels + first * pairs_words(set, packed->k));
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
