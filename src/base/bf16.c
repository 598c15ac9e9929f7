/* SPDX-License-Identifier: Apache-2.0 */
/* Brain floats, many at a time: see bf16.h. */
#include "src/base/bf16.h"

#include "src/base/dispatch.h"

KERNEL(bf16_narrow_range, (size_t n, const float *restrict x, uint16_t *restrict y),
       (n, x, y)) {
    for (size_t i = 0; i < n; i++)
        y[i] = (uint16_t)bf16_round(x[i]);
}

KERNEL(bf16_widen_range, (size_t n, const uint16_t *restrict x, float *restrict y),
       (n, x, y)) {
    for (size_t i = 0; i < n; i++)
        y[i] = bf16_wide(x[i]);
}

KERNEL(bf16_pair_range,
       (size_t n, const float *restrict low, const float *restrict high,
        uint32_t *restrict words),
       (n, low, high, words)) {
    for (size_t i = 0; i < n; i++)
        words[i] = bf16_round(low[i]) | bf16_round(high[i]) << 16;
}

KERNEL(bf16_lone_range, (size_t n, const float *restrict low, uint32_t *restrict words),
       (n, low, words)) {
    for (size_t i = 0; i < n; i++)
        words[i] = bf16_round(low[i]);
}

KERNEL(bf16_zip_range,
       (size_t n, const uint16_t *restrict low, const uint16_t *restrict high,
        uint32_t *restrict words),
       (n, low, high, words)) {
    for (size_t i = 0; i < n; i++)
        words[i] = low[i] | (uint32_t)high[i] << 16;
}

KERNEL(bf16_fill_range,
       (size_t n, const uint16_t *restrict low, uint32_t *restrict words),
       (n, low, words)) {
    for (size_t i = 0; i < n; i++)
        words[i] = low[i];
}

void bf16_narrow(size_t n, const float *x, uint16_t *y) { bf16_narrow_range(n, x, y); }
void bf16_widen(size_t n, const uint16_t *x, float *y) { bf16_widen_range(n, x, y); }

void bf16_pair(size_t n, const float *low, const float *high, uint32_t *words) {
    if (high)
        bf16_pair_range(n, low, high, words);
    else
        bf16_lone_range(n, low, words);
}

void bf16_zip(size_t n, const uint16_t *low, const uint16_t *high, uint32_t *words) {
    if (high)
        bf16_zip_range(n, low, high, words);
    else
        bf16_fill_range(n, low, words);
}
