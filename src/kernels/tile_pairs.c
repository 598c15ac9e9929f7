/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of pairs of bf16 by VDPBF16PS, and in plain C: see tile_pairs.h.  The tile is
 * that of tile_body.h, with words for numbers and another step; what is new is how
 * numbers become words. */
#include "src/kernels/tile_pairs.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "src/base/bf16.h"
#include "src/base/dispatch.h"

/* Words that are turned over at once; rows of A that are taken at once. */
enum { CHUNK = 64, TAKEN_ROWS = 96 };

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t words_of(int64_t k, int64_t unit) {
    return (k + 2 * unit - 1) / (2 * unit) * unit;
}

/* n ≤ 2 · CHUNK numbers that follow each other, as words. */
static void narrow(int64_t n, const float *x, uint32_t words[CHUNK]) {
    uint16_t halves[2 * CHUNK];
    bf16_narrow((size_t)n, x, halves);
    if (n % 2)
        halves[n] = 0;
    for (int64_t i = 0; i < (n + 1) / 2; i++)
        words[i] = halves[2 * i] | (uint32_t)halves[2 * i + 1] << 16;
}

/* Row p of a matrix and the one after it, if p + 1 < k, as n words. */
static void pair_rows(int64_t n, int64_t p, int64_t k, const float *x, int64_t ld,
                      uint32_t *words) {
    const float *row = x + p * ld;
    bf16_pair((size_t)n, row, p + 1 < k ? row + ld : NULL, words);
}

/* ---- panels of B ---- */

static void pack_rows(int64_t width, int64_t k, int64_t columns, const float *b,
                      int64_t ldb, float *panel) {
    uint32_t words[TILE_COLUMNS_MAX];
    for (int64_t p = 0; p < k; p += 2, panel += width) {
        pair_rows(columns, p, k, b, ldb, words);
        memcpy(panel, words, (size_t)columns * sizeof *panel);
    }
}

static void pack_columns(int64_t width, int64_t k, int64_t columns, const float *b,
                         int64_t ldb, float *panel) {
    uint32_t words[CHUNK];
    for (int64_t p = 0; p < k; p += 2 * CHUNK) {
        int64_t n = smaller(k - p, 2 * CHUNK);
        for (int64_t j = 0; j < columns; j++) {
            narrow(n, b + j * ldb + p, words);
            for (int64_t i = 0; i < (n + 1) / 2; i++)
                memcpy(panel + (p / 2 + i) * width + j, &words[i], sizeof *panel);
        }
    }
}

void tile_pairs_pack(int64_t width, int64_t unit, int64_t k, int64_t columns,
                     const float *b, int64_t ldb, bool transposed, float *panel) {
    int64_t all = words_of(k, unit), there = (k + 1) / 2;
    if (columns < width)
        memset(panel, 0, (size_t)(there * width) * sizeof *panel);
    memset(panel + there * width, 0, (size_t)((all - there) * width) * sizeof *panel);
    (transposed ? pack_columns : pack_rows)(width, k, columns, b, ldb, panel);
}

/* ---- rows of A ---- */

static void take_rows(int64_t rows, int64_t k, const float *a, int64_t lda,
                      float *words, int64_t ld) {
    uint32_t chunk[CHUNK];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t p = 0; p < k; p += 2 * CHUNK) {
            int64_t n = smaller(k - p, 2 * CHUNK);
            narrow(n, a + i * lda + p, chunk);
            memcpy(words + i * ld + p / 2, chunk, (size_t)(n + 1) / 2 * sizeof *words);
        }
}

static void take_columns(int64_t rows, int64_t k, const float *a, int64_t lda,
                         float *words, int64_t ld) {
    uint32_t column[TAKEN_ROWS];
    for (int64_t first = 0; first < rows; first += TAKEN_ROWS) {
        int64_t n = smaller(rows - first, TAKEN_ROWS);
        for (int64_t p = 0; p < k; p += 2) {
            pair_rows(n, p, k, a + first, lda, column);
            for (int64_t i = 0; i < n; i++)
                memcpy(words + (first + i) * ld + p / 2, &column[i], sizeof *words);
        }
    }
}

void tile_pairs_take(int64_t tile_rows, int64_t unit, int64_t rows, int64_t k,
                     const float *a, int64_t lda, bool by_columns, float *words,
                     int64_t ld) {
    int64_t all = words_of(k, unit), there = (k + 1) / 2;
    int64_t filled = (rows + tile_rows - 1) / tile_rows * tile_rows;
    (by_columns ? take_columns : take_rows)(rows, k, a, lda, words, ld);
    for (int64_t i = 0; i < rows; i++)
        memset(words + i * ld + there, 0, (size_t)(all - there) * sizeof *words);
    for (int64_t i = rows; i < filled; i++)
        memset(words + i * ld, 0, (size_t)all * sizeof *words);
}

/* ---- the tiles ---- */

/* The halves of a word as numbers: of A, and of a vector of words of B. */
KERNEL_INLINE float pairs_number(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
KERNEL_INLINE uint32_t pairs_bits(float word) {
    uint32_t bits;
    memcpy(&bits, &word, sizeof bits);
    return bits;
}
#define PAIRS_LATER(a) pairs_number(pairs_bits(a) & 0xffff0000u)
#define PAIRS_EARLIER(a) pairs_number(pairs_bits(a) << 16)
#define PAIRS_STEP(sum, b, a)                                                          \
    ((sum) + (TILE(vector))((TILE(bits))(b)&0xffff0000u) * PAIRS_LATER(a) +            \
     (TILE(vector))((TILE(bits))(b) << 16) * PAIRS_EARLIER(a))

#define PAIRS_PACK(name, width)                                                        \
    static void name##_pack(int64_t k, int64_t columns, const float *b, int64_t ldb,   \
                            bool transposed, float *panel) {                           \
        tile_pairs_pack(width, 1, k, columns, b, ldb, transposed, panel);              \
    }
static void pairs_take(int64_t rows, int64_t k, const float *a, int64_t lda,
                       bool by_columns, float *words, int64_t ld) {
    tile_pairs_take(1, 1, rows, k, a, lda, by_columns, words, ld);
}

#if defined(__x86_64__)
PAIRS_PACK(pairs32, 32)
#define TILE(name) tile_dot_##name
#define TILE_NAME "AVX512_BF16 tiles of 12 x 32"
#define TILE_TARGET                                                                    \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,"               \
                          "avx512bf16" DISPATCH_WIDTH(512))))
#define TILE_LANES 16
#define TILE_ROWS 12
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TILE_STEP(sum, b, a)                                                           \
    (TILE(vector))                                                                     \
        _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(b), (__m512bh)_mm512_set1_ps(a))
#define TILE_PACKED pairs32_pack, .each = 2, .unit = 1, .take = pairs_take
#define TILE_AHEAD 24
#include "src/kernels/tile_body.h"

PAIRS_PACK(pairs16, 16)
#define TILE(name) tile_pairs_avx2_##name
#define TILE_NAME "plain bf16 tiles of 6 x 16"
#define TILE_TARGET DISPATCH_AVX2
#define TILE_LANES 8
#define TILE_ROWS 6
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TILE_STEP PAIRS_STEP
#define TILE_PACKED pairs16_pack, .each = 2, .unit = 1, .take = pairs_take
typedef uint32_t tile_pairs_avx2_bits __attribute__((vector_size(32)));
#include "src/kernels/tile_body.h"

const struct tile_set *tile_pairs_dot(void) {
    return dispatch_isa() == ISA_AVX512 && __builtin_cpu_supports("avx512bf16")
               ? &tile_dot_set
               : NULL;
}
#else
#define TILE_AHEAD 24
const struct tile_set *tile_pairs_dot(void) { return NULL; }
#endif

PAIRS_PACK(pairs8, 8)
#define TILE(name) tile_pairs_plain_##name
#define TILE_NAME "plain bf16 tiles of 4 x 8"
#define TILE_TARGET
#define TILE_LANES 4
#define TILE_ROWS 4
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4)
#define TILE_STEP PAIRS_STEP
#define TILE_PACKED pairs8_pack, .each = 2, .unit = 1, .take = pairs_take
typedef uint32_t tile_pairs_plain_bits __attribute__((vector_size(16)));
#include "src/kernels/tile_body.h"

const struct tile_set *tile_pairs_plain(void) {
#if defined(__x86_64__)
    if (dispatch_isa() >= ISA_AVX2)
        return &tile_pairs_avx2_set;
#endif
    return &tile_pairs_plain_set;
}
