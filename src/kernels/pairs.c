/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as words: see pairs.h.  Of two matrices one has its k's side by side, so that
 * a row is words as it lies, once it is rounded; the other has them one below the
 * other, so that two rows are paired.  Either may have to be turned over besides, by
 * squares that fit the first cache. */
#include "src/kernels/pairs.h"

#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/kernels/number.h"
#include "src/kernels/turn.h"

/* Words of a row, and rows, that are turned over at once. */
enum { CHUNK = 64, STRIP = 16 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- rounding ---- */

#if defined(__x86_64__)
#define PAIRS_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

/* Words of two rows: both are rounded, and then their halves take turns. */
PAIRS_TARGET static void pair_fast(int64_t n, const float *low, const float *high,
                                   uint32_t *words) {
    const __m512i turns =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
                         23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    for (int64_t i = 0; i < n; i += 16) {
        __mmask16 there = (__mmask16)((1u << smaller(n - i, 16)) - 1);
        __m512i halves =
            (__m512i)_mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(there, high + i),
                                         _mm512_maskz_loadu_ps(there, low + i));
        _mm512_mask_storeu_epi32(words + i, there,
                                 _mm512_permutexvar_epi16(turns, halves));
    }
}

static bool rounds_fast(void) {
    return dispatch_isa() == ISA_AVX512 && __builtin_cpu_supports("avx512bf16");
}
#else
static void pair_fast(int64_t n, const float *low, const float *high, uint32_t *words) {
    bf16_pair((size_t)n, low, high, words);
}
static bool rounds_fast(void) { return false; }
#endif

void pairs_round(int64_t rows, int64_t n, const float *x, int64_t ld, uint16_t *y,
                 int64_t y_ld) {
    for (int64_t i = 0; i < rows; i++)
        number_narrow(n, x + i * ld, y + i * y_ld);
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

/* n words of the first row and, if there are two, the one below. */
static void pair(int64_t n, int64_t rows, struct matrix x, float *words) {
    const void *low = x.at, *high = rows > 1 ? matrix_from(x, 1, 0).at : NULL;
    if (x.kind == NUMBER_BF16)
        bf16_zip((size_t)n, low, high, (uint32_t *)words);
    else if (high && rounds_fast())
        pair_fast(n, low, high, (uint32_t *)words);
    else
        bf16_pair((size_t)n, low, high, (uint32_t *)words);
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
            pair(n, k - r, matrix_from(x, r, i), strip + r / 2 * CHUNK);
        turn((k + 1) / 2, n, strip, CHUNK, to + i * to_ld, to_ld);
    }
}

static void clear(int64_t rows, int64_t n, float *words, int64_t ld) {
    for (int64_t i = 0; n > 0 && i < rows; i++)
        memset(words + i * ld, 0, (size_t)n * sizeof *words);
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
    for (int64_t p = 0; !turned && p < k; p += 2)
        for (int64_t j = 0; j < n; j += width)
            pair(smaller(width, n - j), k - p, matrix_from(b, p, j),
                 panels + j * words + p / 2 * width);
}

void pairs_take(const struct tile_set *set, int64_t rows, int64_t k, struct matrix a,
                bool turned, float *words, int64_t ld) {
    int64_t all = pairs_words(set, k), there = (k + 1) / 2;
    int64_t filled = (rows + set->rows - 1) / set->rows * set->rows;
    clear(rows, all - there, words + there, ld);
    clear(filled - rows, all, words + rows * ld, ld);
    for (int64_t p = 0; turned && p < k; p += 2 * STRIP)
        turn_columns(rows, smaller(2 * STRIP, k - p), matrix_from(a, p, 0),
                     words + p / 2, ld);
    for (int64_t i = 0; !turned && i < rows; i++)
        narrow(k, matrix_from(a, i, 0), words + i * ld);
}
