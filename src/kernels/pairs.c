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

/* Words of a row, and rows, that are turned over at once; words of two rows that are
 * paired; how far ahead rows are asked for. */
enum { CHUNK = 64, STRIP = 16, PAIRED = 128, AHEAD = 32 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- rounding ---- */

/* n numbers that lie side by side, rounded: in their place, or in room. */
static const uint16_t *halves_of(int64_t n, struct matrix x, uint16_t *room) {
    if (x.kind == NUMBER_BF16)
        return x.at;
    number_narrow(n, x.at, room);
    return room;
}

/* n numbers that lie side by side, as (n + 1) / 2 words. */
static void narrow(int64_t n, struct matrix x, float *words) {
    uint16_t *halves = (uint16_t *)words;
    if (x.kind == NUMBER_BF16)
        memcpy(halves, x.at, (size_t)n * sizeof *halves);
    else
        number_narrow(n, x.at, halves);
    if (n % 2)
        memset(halves + n, 0, sizeof *halves);
}

/* n words, so many side by side, and the next so many `each` after these. */
KERNEL(zip_rows,
       (int64_t n, const uint16_t *low, const uint16_t *high, int64_t width,
        int64_t each, uint32_t *restrict words),
       (n, low, high, width, each, words)) {
    for (; n > 0; n -= width, low += width, high += width, words += each)
        for (int64_t j = 0, count = n < width ? n : width; j < count; j++)
            words[j] = low[j] | (uint32_t)high[j] << 16;
}

/* Of the first row and, if there are two, the one below: words, laid out likewise. */
static void pair(int64_t n, int64_t rows, struct matrix x, int64_t width, int64_t each,
                 float *words) {
    static const uint16_t none[PAIRED];
    uint16_t room[2][PAIRED];
    for (int64_t j = 0; j < n; j += PAIRED) {
        int64_t count = smaller(PAIRED, n - j);
        const uint16_t *low = halves_of(count, matrix_from(x, 0, j), room[0]);
        const uint16_t *high =
            rows > 1 ? halves_of(count, matrix_from(x, 1, j), room[1]) : none;
        zip_rows(count, low, high, width, each, (uint32_t *)words + j / width * each);
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
        for (int64_t r = 0; r < rows; r++)
            narrow(depth, matrix_from(x, r, p), strip + r * CHUNK);
        turn(rows, (depth + 1) / 2, strip, CHUNK, to + p / 2 * to_ld, to_ld);
    }
}

/* Columns of x (k ≤ 2 · STRIP, columns) as words, each a row of `to`. */
static void turn_columns(int64_t columns, int64_t k, struct matrix x, float *to,
                         int64_t to_ld) {
    float strip[STRIP * CHUNK];
    int64_t squares =
        x.kind == NUMBER_BF16 && k == 2 * STRIP && has_squares() ? columns / STRIP : 0;
    square_columns(squares, x, to, to_ld);
    for (int64_t i = squares * STRIP; i < columns; i += CHUNK) {
        int64_t n = smaller(CHUNK, columns - i);
        for (int64_t r = 0; r < k; r += 2)
            pair(n, k - r, matrix_from(x, r, i), CHUNK, CHUNK, strip + r / 2 * CHUNK);
        turn((k + 1) / 2, n, strip, CHUNK, to + i * to_ld, to_ld);
    }
}

static void clear(int64_t rows, int64_t n, float *words, int64_t ld) {
    for (int64_t i = 0; n > 0 && i < rows; i++)
        memset(words + i * ld, 0, (size_t)n * sizeof *words);
}

/* Rows that are read soon, each on a page of its own: out of the prefetchers' sight. */
static void ask_rows(int64_t rows, int64_t n, struct matrix x) {
    int64_t line = 64 / (int64_t)number_bytes(x.kind);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j += line)
            __builtin_prefetch(matrix_from(x, i, j).at, 0, 2);
}

void pairs_pack(const struct tile_set *set, int64_t k, int64_t n, struct matrix b,
                bool turned, float *panels) {
    int64_t width = set->columns, words = pairs_words(set, k), there = (k + 1) / 2;
    int64_t strip = smaller(STRIP, width);
    for (int64_t j = 0; j < n; j += width) {
        float *panel = panels + j * words;
        if (n - j < width)
            clear(there, width, panel, width);
        clear(words - there, width, panel + there * width, width);
    }
    for (int64_t j = 0; turned && j < n; j += strip)
        turn_rows(smaller(strip, n - j), k, matrix_from(b, j, 0),
                  panels + j / width * width * words + j % width, width);
    for (int64_t p = 0; !turned && p < k; p += 2) {
        ask_rows(smaller(2, k - p - AHEAD), n, matrix_from(b, p + AHEAD, 0));
        pair(n, k - p, matrix_from(b, p, 0), width, words * width,
             panels + p / 2 * width);
    }
}

void pairs_take(const struct tile_set *set, int64_t rows, int64_t k, struct matrix a,
                bool turned, float *words, int64_t ld) {
    int64_t all = pairs_words(set, k), there = (k + 1) / 2;
    int64_t filled = (rows + set->rows - 1) / set->rows * set->rows;
    clear(rows, all - there, words + there, ld);
    clear(filled - rows, all, words + rows * ld, ld);
    for (int64_t p = 0; turned && p < k; p += 2 * STRIP) {
        ask_rows(smaller(2 * STRIP, k - p - 2 * STRIP), rows,
                 matrix_from(a, p + 2 * STRIP, 0));
        turn_columns(rows, smaller(2 * STRIP, k - p), matrix_from(a, p, 0),
                     words + p / 2, ld);
    }
    for (int64_t i = 0; !turned && i < rows; i++)
        narrow(k, matrix_from(a, i, 0), words + i * ld);
}
