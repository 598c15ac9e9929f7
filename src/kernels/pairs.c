/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as words: see pairs.h.  Of two matrices one has its k's side by side, so that
 * a row is words as it lies, once it is rounded; the other has them one below the
 * other, so that two rows are paired.  Either may have to be turned over besides, by
 * squares that fit the first cache. */
#include "src/kernels/pairs.h"

#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"

/* Words of a row, and rows, that are turned over at once. */
enum { CHUNK = 64, STRIP = 16 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* n numbers that lie side by side, as (n + 1) / 2 words. */
static void narrow(int64_t n, struct matrix x, float *words) {
    uint16_t *halves = (uint16_t *)words;
    if (x.kind == NUMBER_BF16)
        memcpy(halves, x.at, (size_t)n * sizeof *halves);
    else
        bf16_narrow((size_t)n, x.at, halves);
    if (n % 2)
        memset(halves + n, 0, sizeof *halves);
}

/* n words of the first row and, if there are two, the one below. */
static void pair(int64_t n, int64_t rows, struct matrix x, float *words) {
    const void *low = x.at, *high = rows > 1 ? matrix_from(x, 1, 0).at : NULL;
    if (x.kind == NUMBER_BF16)
        bf16_zip((size_t)n, low, high, (uint32_t *)words);
    else
        bf16_pair((size_t)n, low, high, (uint32_t *)words);
}

/* to (columns,rows) = from (rows,columns) turned over. */
static void turn(int64_t rows, int64_t columns, const float *from, int64_t ld,
                 float *to, int64_t to_ld) {
    for (int64_t j = 0; j < columns; j++)
        for (int64_t i = 0; i < rows; i++)
            to[j * to_ld + i] = from[i * ld + j];
}

/* Rows of x (rows,k) as words, each a column of `to`. */
static void turn_rows(int64_t rows, int64_t k, struct matrix x, float *to,
                      int64_t to_ld) {
    float strip[STRIP * CHUNK];
    for (int64_t p = 0; p < k; p += 2 * CHUNK)
        for (int64_t i = 0; i < rows; i += STRIP) {
            int64_t n = smaller(STRIP, rows - i), depth = smaller(2 * CHUNK, k - p);
            for (int64_t r = 0; r < n; r++)
                narrow(depth, matrix_from(x, i + r, p), strip + r * CHUNK);
            turn(n, (depth + 1) / 2, strip, CHUNK, to + p / 2 * to_ld + i, to_ld);
        }
}

/* Columns of x (k,columns) as words, each a row of `to`. */
static void turn_columns(int64_t columns, int64_t k, struct matrix x, float *to,
                         int64_t to_ld) {
    float strip[STRIP * CHUNK];
    for (int64_t p = 0; p < k; p += 2 * STRIP)
        for (int64_t i = 0; i < columns; i += CHUNK) {
            int64_t n = smaller(CHUNK, columns - i), depth = smaller(2 * STRIP, k - p);
            for (int64_t r = 0; r < depth; r += 2)
                pair(n, depth - r, matrix_from(x, p + r, i), strip + r / 2 * CHUNK);
            turn((depth + 1) / 2, n, strip, CHUNK, to + i * to_ld + p / 2, to_ld);
        }
}

static void clear(int64_t rows, int64_t n, float *words, int64_t ld) {
    for (int64_t i = 0; n > 0 && i < rows; i++)
        memset(words + i * ld, 0, (size_t)n * sizeof *words);
}

void pairs_pack(const struct tile_set *set, int64_t k, int64_t columns, struct matrix b,
                bool turned, float *panel) {
    int64_t width = set->columns, there = (k + 1) / 2;
    if (columns < width)
        clear(there, width, panel, width);
    clear(pairs_words(set, k) - there, width, panel + there * width, width);
    if (turned)
        turn_rows(columns, k, b, panel, width);
    else
        for (int64_t p = 0; p < k; p += 2)
            pair(columns, k - p, matrix_from(b, p, 0), panel + p / 2 * width);
}

void pairs_take(const struct tile_set *set, int64_t rows, int64_t k, struct matrix a,
                bool turned, float *words, int64_t ld) {
    int64_t all = pairs_words(set, k), there = (k + 1) / 2;
    int64_t filled = (rows + set->rows - 1) / set->rows * set->rows;
    clear(rows, all - there, words + there, ld);
    clear(filled - rows, all, words + rows * ld, ld);
    if (turned)
        turn_columns(rows, k, a, words, ld);
    else
        for (int64_t i = 0; i < rows; i++)
            narrow(k, matrix_from(a, i, 0), words + i * ld);
}
