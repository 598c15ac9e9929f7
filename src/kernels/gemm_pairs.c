/* SPDX-License-Identifier: Apache-2.0 */
/* Products of bf16: see gemm_pairs.h.  Rows of A are read where they lie if they fill
 * tiles of words, and are taken to a thread's own room else: rounded, turned over or
 * filled up.  Like panels they have all of k, as far as DEPTH goes, so that a tile of C
 * is made at once and may be rounded.
 *
 * Tiles multiply faster than anything beyond the second cache can be read, and as fast
 * as that one can at most.  So rows of A stay there, and panels pass them, of which the
 * next is asked for meanwhile; and of a panel so many words are met by all rows as the
 * first cache holds. */
#include "src/kernels/gemm_pairs.h"

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/kernels/pairs.h"
#include "src/kernels/vec.h"

/* k's of a sum that is made at once, of rows that meet packed columns, and of others:
 * part of the order of summation. */
enum { DEPTH = 4096, SHALLOW = 2048 };
/* Rows that stay in the second cache, with so many k's of them where that is free, and
 * the words that they are, with a gap after each row. */
enum { ROWS = 256, NEAR = 1024, STAYS = ROWS * (NEAR / 2 + 16) };
/* Of tiles whose sums wait: so many below each other, of so many numbers. */
enum { TALL = ROWS / TILE_COLUMNS_MAX, SUMS = TILE_COLUMNS_MAX * TILE_COLUMNS_MAX };

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
    float a[STAYS], panels[STAYS], sums[TALL][SUMS];
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

/* C (m,n) from rows and a panel, which n fills but for the last. */
struct column {
    const struct tile_set *set;
    int64_t m, n, filled; /* rows of whole tiles */
    struct words a;
    const float *panel;
    const float *next; /* panel, asked for meanwhile; NULL: there is none */
    bool add;
    struct matrix c;
    float (*sums)[SUMS]; /* (TALL) where those of tiles wait */
};

/* Words first … first+count-1 of all. */
struct part {
    int64_t first, count;
    bool last;
};

/* Sums of a whole tile, from where they wait, or NULL, to where they wait next.  With
 * each tile's rows some lines are asked for of the next panel. */
static void multiply_whole(const struct column *t, int64_t i, const struct part *p,
                           struct matrix from, struct matrix to) {
    int64_t line = i * LINES / t->filled, end = (i + t->set->rows) * LINES / t->filled;
    int64_t at = p->first * t->set->columns;
    const float *next = t->next ? t->next + at + line * LINE_WORDS : NULL;
    t->set->multiply_whole(p->count, t->a.at + i * t->a.ld + p->first, t->a.ld,
                           t->panel + at, next, next ? end - line : 0, from.at, from.ld,
                           to.at, to.ld);
}

/* The tile of row i gets a part of its sums.  They wait in a room of the thread's; C
 * has them before and, unless it is rounded, after. */
static void add_part(const struct column *t, int64_t i, const struct part *p) {
    const struct tile_set *set = t->set;
    int64_t rows = smaller(set->rows, t->m - i);
    bool first = p->first == 0, rounded = t->c.kind == NUMBER_BF16;
    const struct matrix c = matrix_from(t->c, i, 0), none = {.at = NULL};
    const struct matrix wait = matrix_f32(t->sums[i / set->rows % TALL], set->columns);
    const struct matrix from = !first ? wait : t->add ? c : none;
    const struct matrix to = rounded ? wait : c;
    if (set->multiply_whole && rows == set->rows && t->n == set->columns)
        multiply_whole(t, i, p, from, p->last ? to : wait);
    else
        set->multiply(rows, t->n, p->count, t->a.at + i * t->a.ld + p->first, t->a.ld,
                      false, t->panel + p->first * set->columns, t->add || !first,
                      to.at, to.ld);
    if (p->last && rounded)
        vec_round(rows, t->n, wait, c);
}

/* Rows pass a part of the panel, if parts there may be, and then the next. */
static void multiply_column(const struct column *t) {
    int64_t k = t->a.k, most = t->set->part ? t->set->part : k, parts = 1;
    if (k > most)
        parts = (k + most - 1) / most;
    for (int64_t p = 0; p < parts; p++) {
        const struct part part = {p * most, smaller(most, k - p * most),
                                  p + 1 == parts};
        for (int64_t i = 0; i < t->m; i += t->set->rows)
            add_part(t, i, &part);
    }
}

/* Rows that stay. */
static void multiply_words(const struct tile_set *set, int64_t m, int64_t n,
                           struct words a, struct panels b, bool add, struct matrix c) {
    float(*sums)[SUMS] = room_find()->sums;
    for (int64_t j = 0; j < n; j += set->columns) {
        const struct column column = {
            .set = set,
            .m = m,
            .n = smaller(set->columns, n - j),
            .filled = (m + set->rows - 1) / set->rows * set->rows,
            .a = a,
            .panel = b.at + j * b.ld,
            .next = j + set->columns < n ? b.at + (j + set->columns) * b.ld : NULL,
            .add = add,
            .c = matrix_from(c, 0, j),
            .sums = sums};
        multiply_column(&column);
    }
}

static void multiply_blocks(const struct tile_set *set, int64_t m, int64_t n,
                            struct words a, struct panels b, bool add,
                            struct matrix c) {
    int64_t most = smaller(ROWS, STAYS / (a.k + 1) / set->rows * set->rows);
    for (int64_t i = 0; i < m; i += most)
        multiply_words(set, smaller(most, m - i), n,
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

/* C from panels of all k, so many of it at a time: so few that rows stay, where it is
 * no matter. */
static void multiply_packed(const struct tile_set *set, enum gemm_op op, int64_t m,
                            struct matrix a, const struct gemm_packed *packed, bool add,
                            struct matrix c) {
    int64_t k = packed->k, words = pairs_words(set, k);
    bool parts = set->part && c.kind == NUMBER_F32;
    int64_t most = parts ? NEAR : op == GEMM_T ? SHALLOW : DEPTH;
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
    int64_t k = packed->k, steps = (k + PAIRS_DEPTH - 1) / PAIRS_DEPTH;
    if (packed->op == GEMM_T)
        pairs_pack_rows(set, k, n, matrix_from(packed->b, j, 0),
                        packed->panels + j * pairs_words(set, k));
    else
        pairs_pack_columns(
            set, k, packed->n, packed->b, steps * j / packed->n * PAIRS_DEPTH,
            smaller(steps * (j + n) / packed->n * PAIRS_DEPTH, k), packed->panels);
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
        int64_t most = STAYS / words / set->columns * set->columns;
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
