/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout by Philox, sixteen counters at a time: 128 decisions a round of the loop.  The
 * decisions are kept as bits, so that backward draws nothing. */
#include "src/kernels/dropout.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/rng.h"
#include "src/kernels/dispatch.h"
#include "src/kernels/parallel.h"

enum { LANES = 16, GROUP = 8 * LANES }; /* counters, and elements, done together */

uint32_t dropout_threshold(double rate) {
    CHECK(rate >= 0 && rate < 1);
    double threshold = nearbyint(rate * 65536);
    return threshold > 65535 ? 65535 : (uint32_t)threshold;
}

float dropout_scale(uint32_t threshold) {
    CHECK(threshold < 65536);
    return (float)(65536.0 / (65536.0 - threshold));
}

/* philox4x32 of base/rng.c for counters { first + lane, row, c2, c3 }: words (4, LANES) */
KERNEL_INLINE void dropout_philox(uint32_t first, uint32_t row, uint32_t c2, uint32_t c3,
                                  uint32_t k0, uint32_t k1, uint32_t words[4][LANES]) {
#pragma omp simd
    for (int lane = 0; lane < LANES; lane++) {
        uint32_t x0 = first + (uint32_t)lane, x1 = row, x2 = c2, x3 = c3;
#pragma GCC unroll 10
        for (uint32_t round = 0; round < 10; round++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * x0;
            uint64_t p1 = (uint64_t)0xCD9E8D57u * x2;
            x0 = (uint32_t)(p1 >> 32) ^ x1 ^ (k0 + round * 0x9E3779B9u);
            x2 = (uint32_t)(p0 >> 32) ^ x3 ^ (k1 + round * 0xBB67AE85u);
            x1 = (uint32_t)p1;
            x3 = (uint32_t)p0;
        }
        words[0][lane] = x0;
        words[1][lane] = x1;
        words[2][lane] = x2;
        words[3][lane] = x3;
    }
}

/* One byte a decision, 0 or 1, in the order of elements. */
KERNEL_INLINE void dropout_decide(uint32_t words[4][LANES], uint32_t threshold,
                                  uint8_t kept[GROUP]) {
    for (int lane = 0; lane < LANES; lane++)
        for (int k = 0; k < 4; k++) {
            kept[8 * lane + 2 * k] = (words[k][lane] & 0xFFFF) >= threshold;
            kept[8 * lane + 2 * k + 1] = words[k][lane] >> 16 >= threshold;
        }
}

/* Eight bytes of 0 or 1 to eight bits: the product's top byte collects byte j at bit j. */
KERNEL_INLINE uint8_t dropout_pack(const uint8_t kept[8]) {
    uint64_t bytes = 0;
    for (int j = 0; j < 8; j++)
        bytes |= (uint64_t)kept[j] << (8 * j);
    return (uint8_t)(bytes * 0x0102040810204080u >> 56);
}

KERNEL(dropout_forward_rows,
       (int64_t rows, int64_t n, int64_t ld, const uint32_t key[2], uint32_t row,
        const uint32_t tail[2], uint32_t threshold, float scale, float *restrict x,
        uint8_t *restrict keep),
       (rows, n, ld, key, row, tail, threshold, scale, x, keep)) {
    for (int64_t i = 0; i < rows; i++, x += ld, row++) {
        for (int64_t first = 0; first < n; first += GROUP) {
            int64_t count = n - first < GROUP ? n - first : GROUP;
            uint32_t words[4][LANES];
            uint8_t kept[GROUP];
            dropout_philox((uint32_t)(first / 8), row, tail[0], tail[1], key[0], key[1],
                           words);
            dropout_decide(words, threshold, kept);
            memset(kept + count, 0, (size_t)(GROUP - count));
            for (int64_t j = 0; j < count; j += 8)
                *keep++ = dropout_pack(kept + j);
#pragma omp simd
            for (int64_t j = 0; j < count; j++)
                x[first + j] = kept[j] ? x[first + j] * scale : 0.0f;
        }
    }
}

KERNEL(dropout_backward_rows,
       (int64_t rows, int64_t n, int64_t ld, float scale, const uint8_t *keep,
        const float *dy, float *dx),
       (rows, n, ld, scale, keep, dy, dx)) {
    for (int64_t i = 0; i < rows; i++, keep += (n + 7) / 8, dy += ld, dx += ld) {
        int64_t j = 0;
        for (; j + 16 <= n; j += 16) {
            uint32_t bits = keep[j / 8] | (uint32_t)keep[j / 8 + 1] << 8;
#pragma omp simd
            for (int k = 0; k < 16; k++)
                dx[j + k] = bits >> k & 1 ? dy[j + k] * scale : 0.0f;
        }
        for (; j < n; j++)
            dx[j] = keep[j / 8] >> (j & 7) & 1 ? dy[j] * scale : 0.0f;
    }
}

/* Ones, but for the bits beyond n. */
static void dropout_keep_all(int64_t rows, int64_t n, uint8_t *keep) {
    int64_t keep_bytes = (n + 7) / 8;
    memset(keep, 0xFF, (size_t)(rows * keep_bytes));
    for (int64_t i = 0; n % 8 != 0 && i < rows; i++)
        keep[(i + 1) * keep_bytes - 1] = (uint8_t)((1u << n % 8) - 1);
}

void dropout_forward(int64_t rows, int64_t n, int64_t ld, const struct dropout_key *key,
                     uint32_t first_row, uint32_t threshold, float *x, uint8_t *keep) {
    int64_t keep_bytes = (n + 7) / 8;
    if (threshold == 0) {
        dropout_keep_all(rows, n, keep);
        return;
    }
    CHECK(key->number >> 48 == 0 && key->site >> 16 == 0);
    uint32_t philox_key[2] = {(uint32_t)key->seed ^ key->lane * 0x9E3779B9u,
                              (uint32_t)(key->seed >> 32) ^ (uint32_t)RNG_DROPOUT << 24};
    uint32_t tail[2] = {(uint32_t)key->number,
                        key->site << 16 | (uint32_t)(key->number >> 32)};
    float scale = dropout_scale(threshold);
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(rows, 1);
        dropout_forward_rows(r.end - r.begin, n, ld, philox_key,
                             first_row + (uint32_t)r.begin, tail, threshold, scale,
                             x + r.begin * ld, keep + r.begin * keep_bytes);
    }
}

void dropout_backward(int64_t rows, int64_t n, int64_t ld, uint32_t threshold,
                      const uint8_t *keep, const float *dy, float *dx) {
    float scale = dropout_scale(threshold);
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(rows, 1);
        int64_t at = r.begin * ld;
        dropout_backward_rows(r.end - r.begin, n, ld, scale, keep + r.begin * ((n + 7) / 8),
                              dy + at, dx + at);
    }
}
