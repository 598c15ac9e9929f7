/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as words: see pairs.h.  Of two matrices one has its k's side by side, so that
 * a row is words as it lies, once it is rounded; the other has them one below the
 * other, so that two rows are paired.  Either may have to be turned over besides, by
 * squares that fit the first cache. */
#include "src/kernels/pairs.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "src/kernels/number.h"
#include "src/kernels/turn.h"

/* Words of a row, and rows, that are turned over at once; columns whose rows are
 * paired. */
enum { CHUNK = 64, STRIP = PAIRS_DEPTH / 2, PAIRED = 128 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- rounding ---- */

/* Rows of n numbers, each as (n + 1) / 2 words, `ld` apart. */
static void narrow(int64_t rows, int64_t n, struct matrix x, float *words, int64_t ld) {
    uint16_t *halves = (uint16_t *)words;
    if (x.kind == NUMBER_F32)
        number_narrow_rows(rows, n, x.at, x.ld, halves, 2 * ld);
    for (int64_t i = 0; i < rows; i++) {
        uint16_t *row = halves + 2 * i * ld;
        if (x.kind == NUMBER_BF16)
            memcpy(row, matrix_from(x, i, 0).at, (size_t)n * sizeof *row);
        if (n % 2)
            row[n] = 0;
    }
}

/* Two rows of x (k,n) at a time as n words: so many side by side, under them those of
 * the next two rows, and the next so many `each` after these. */
KERNEL(zip_rows,
       (int64_t k, int64_t n, const uint16_t *x, int64_t ld, int64_t width,
        int64_t each, uint32_t *restrict words),
       (k, n, x, ld, width, each, words)) {
    static const uint16_t none[PAIRED];
    for (int64_t p = 0; p < k; p += 2)
        for (int64_t i = 0; i < n; i += width) {
            const uint16_t *low = x + p * ld + i, *high = p + 1 < k ? low + ld : none;
            uint32_t *to = words + p / 2 * width + i / width * each;
            for (int64_t j = 0, count = n - i < width ? n - i : width; j < count; j++)
                to[j] = low[j] | (uint32_t)high[j] << 16;
        }
}

/* Of x (k ≤ PAIRS_DEPTH, n), rounded if need be: words, laid out likewise. */
static void pair(int64_t k, int64_t n, struct matrix x, int64_t width, int64_t each,
                 float *words) {
    uint16_t room[PAIRS_DEPTH * PAIRED];
    for (int64_t j = 0; j < n; j += PAIRED) {
        int64_t count = smaller(PAIRED, n - j);
        struct matrix from = matrix_from(x, 0, j), rounded = matrix_bf16(room, PAIRED);
        if (x.kind == NUMBER_BF16)
            rounded = from;
        else
            number_narrow_rows(k, count, from.at, from.ld, room, PAIRED);
        zip_rows(k, count, rounded.at, rounded.ld, width, each,
                 (uint32_t *)words + j / width * each);
    }
}

/* ---- squares of 16 words, by registers ---- */

#if defined(__x86_64__)
/* Words of 16 columns of two rows. */
DISPATCH_AVX512 KERNEL_INLINE __m512 zip(const uint16_t *low, const uint16_t *high) {
    __m512i l = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)low));
    __m512i h = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const void *)high));
    return _mm512_castsi512_ps(_mm512_or_si512(l, _mm512_slli_epi32(h, 16)));
}

/* From columns (2 · 16 of k, 16 · squares) of bf16. */
DISPATCH_AVX512 static void square_columns(int64_t squares, struct matrix x, float *to,
                                           int64_t to_ld) {
    for (int64_t s = 0; s < squares; s++) {
        const uint16_t *from = (const uint16_t *)x.at + s * STRIP;
        __m512 r[STRIP];
        for (int i = 0; i < STRIP; i++)
            r[i] = zip(from + 2 * i * x.ld, from + (2 * i + 1) * x.ld);
        turn_registers(r, to + s * STRIP * to_ld, to_ld);
    }
}

/* From words (16, 16 · squares). */
DISPATCH_AVX512 static void square_rows(int64_t squares, const float *from, int64_t ld,
                                        float *to, int64_t to_ld) {
    for (int64_t s = 0; s < squares; s++)
        turn_avx512(from + s * STRIP, ld, to + s * STRIP * to_ld, to_ld);
}

static bool has_squares(void) { return dispatch_isa() == ISA_AVX512; }
#else
static void square_columns(int64_t squares, struct matrix x, float *to, int64_t to_ld) {
    (void)squares, (void)x, (void)to, (void)to_ld;
}
static void square_rows(int64_t squares, const float *from, int64_t ld, float *to,
                        int64_t to_ld) {
    (void)squares, (void)from, (void)ld, (void)to, (void)to_ld;
}
static bool has_squares(void) { return false; }
#endif

/* to (columns,rows) = from (rows,columns) turned over. */
static void turn(int64_t rows, int64_t columns, const float *from, int64_t ld,
                 float *to, int64_t to_ld) {
    int64_t squares = rows == STRIP && has_squares() ? columns / STRIP : 0;
    square_rows(squares, from, ld, to, to_ld);
    for (int64_t j = squares * STRIP; j < columns; j++)
        for (int64_t i = 0; i < rows; i++)
            to[j * to_ld + i] = from[i * ld + j];
}

/* Up to STRIP rows of x (rows,k) as words, each a column of `to`. */
static void turn_rows(int64_t rows, int64_t k, struct matrix x, float *to,
                      int64_t to_ld) {
    float strip[STRIP * CHUNK];
    bool words = x.kind == NUMBER_BF16 && x.ld % 2 == 0 && k % 2 == 0;
    if (words) {
        turn(rows, k / 2, x.at, x.ld / 2, to, to_ld);
        return;
    }
    for (int64_t p = 0; p < k; p += 2 * CHUNK) {
        int64_t depth = smaller(2 * CHUNK, k - p);
        narrow(rows, depth, matrix_from(x, 0, p), strip, CHUNK);
        turn(rows, (depth + 1) / 2, strip, CHUNK, to + p / 2 * to_ld, to_ld);
    }
}

/* Columns of x (k ≤ PAIRS_DEPTH, columns) as words, each a row of `to`. */
static void turn_columns(int64_t columns, int64_t k, struct matrix x, float *to,
                         int64_t to_ld) {
    float strip[STRIP * CHUNK];
    int64_t squares = x.kind == NUMBER_BF16 && k == PAIRS_DEPTH && has_squares()
                          ? columns / STRIP
                          : 0;
    square_columns(squares, x, to, to_ld);
    for (int64_t i = squares * STRIP; i < columns; i += CHUNK) {
        int64_t n = smaller(CHUNK, columns - i);
        pair(k, n, matrix_from(x, 0, i), CHUNK, 0, strip);
        turn((k + 1) / 2, n, strip, CHUNK, to + i * to_ld, to_ld);
    }
}

static void clear(int64_t rows, int64_t n, float *words, int64_t ld) {
    for (int64_t i = 0; n > 0 && i < rows; i++)
        memset(words + i * ld, 0, (size_t)n * sizeof *words);
}

/* Zeros in columns that a panel is filled up with. */
static void fill_panel(const struct tile_set *set, int64_t words, int64_t columns,
                       float *panel) {
    if (columns < set->columns)
        clear(words, set->columns, panel, set->columns);
}

void pairs_pack_rows(const struct tile_set *set, int64_t k, int64_t n, struct matrix b,
                     float *panels) {
    int64_t width = set->columns, words = pairs_words(set, k), there = (k + 1) / 2;
    int64_t strip = smaller(STRIP, width);
    for (int64_t j = 0; j < n; j += width) {
        fill_panel(set, there, n - j, panels + j * words);
        clear(words - there, width, panels + j * words + there * width, width);
    }
    for (int64_t j = 0; j < n; j += strip)
        turn_rows(smaller(strip, n - j), k, matrix_from(b, j, 0),
                  panels + j / width * width * words + j % width, width);
}

void pairs_pack_columns(const struct tile_set *set, int64_t k, int64_t n,
                        struct matrix b, int64_t first, int64_t end, float *panels) {
    int64_t width = set->columns, words = pairs_words(set, k), there = (k + 1) / 2;
    for (int64_t j = 0; j < n; j += width) {
        float *panel = panels + j * words;
        fill_panel(set, (end - first + 1) / 2, n - j, panel + first / 2 * width);
        if (end == k)
            clear(words - there, width, panel + there * width, width);
    }
    for (int64_t p = first; p < end; p += PAIRS_DEPTH)
        pair(smaller(PAIRS_DEPTH, end - p), n, matrix_from(b, p, 0), width,
             words * width, panels + p / 2 * width);
}

void pairs_take(const struct tile_set *set, int64_t rows, int64_t k, struct matrix a,
                bool turned, float *words, int64_t ld) {
    int64_t all = pairs_words(set, k), there = (k + 1) / 2;
    int64_t filled = (rows + set->rows - 1) / set->rows * set->rows;
    clear(rows, all - there, words + there, ld);
    clear(filled - rows, all, words + rows * ld, ld);
    for (int64_t p = 0; turned && p < k; p += PAIRS_DEPTH)
        turn_columns(rows, smaller(PAIRS_DEPTH, k - p), matrix_from(a, p, 0),
                     words + p / 2, ld);
    if (!turned)
        narrow(rows, k, a, words, ld);
}
