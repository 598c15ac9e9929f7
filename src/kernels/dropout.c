/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout in two halves: a row's decisions are drawn as bits, then the bits are
 * applied, and backward applies them again.  Drawing is Philox's 32 × 32 → 64 bit
 * products, which plain C does not get to the processor's vector multiplier: see
 * philox_bits.h. */
#include "src/kernels/dropout.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/base/rng.h"
#include "src/kernels/dropout_row.h"
#include "src/kernels/number.h"
#include "src/kernels/philox_bits.h"

uint32_t dropout_threshold(double rate) {
    CHECK(rate >= 0 && rate < 1);
    double threshold = nearbyint(rate * 65536);
    return threshold > 65535 ? 65535 : (uint32_t)threshold;
}

float dropout_scale(uint32_t threshold) {
    CHECK(threshold < 65536);
    return (float)(65536.0 / (65536.0 - threshold));
}

KERNEL(dropout_apply_rows,
       (int64_t rows, int64_t n, float scale, const uint8_t *keep, struct matrix x,
        struct matrix y),
       (rows, n, scale, keep, x, y)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++, keep += (n + 7) / 8)
        for (int64_t j = 0, count; j < n; j += count) {
            struct matrix to = matrix_from(y, i, j);
            float *made = number_begin(to, room);
            count = number_stretch(y.kind, j, n);
            dropout_row(count, keep + j / 8, scale, matrix_from(x, i, j).at, made);
            number_end(to, count, made);
        }
}

/* Ones, but for the bits beyond n. */
static void dropout_keep_all(int64_t rows, int64_t n, uint8_t *keep) {
    int64_t keep_bytes = (n + 7) / 8;
    memset(keep, 0xFF, (size_t)(rows * keep_bytes));
    for (int64_t i = 0; n % 8 != 0 && i < rows; i++)
        keep[(i + 1) * keep_bytes - 1] = (uint8_t)((1u << n % 8) - 1);
}

void dropout_draw(int64_t rows, int64_t n, const struct dropout_key *key,
                  uint32_t first_row, uint32_t threshold, uint8_t *keep) {
    if (threshold == 0) {
        dropout_keep_all(rows, n, keep);
        return;
    }
    CHECK(key->number >> 48 == 0 && key->site >> 16 == 0);
    struct philox_row place = {
        .key = {(uint32_t)key->seed ^ key->lane * 0x9E3779B9u,
                (uint32_t)(key->seed >> 32) ^ (uint32_t)RNG_DROPOUT << 24},
        .counter = {0, first_row, (uint32_t)key->number,
                    key->site << 16 | (uint32_t)(key->number >> 32)},
    };
    for (int64_t i = 0; i < rows; i++, place.counter[1]++)
        philox_bits(&place, threshold, n, keep + i * ((n + 7) / 8));
}

void dropout_apply(int64_t rows, int64_t n, uint32_t threshold, const uint8_t *keep,
                   struct matrix x, struct matrix y) {
    CHECK(x.kind == NUMBER_F32);
    dropout_apply_rows(rows, n, dropout_scale(threshold), keep, x, y);
}
