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

void bf16_narrow(size_t n, const float *x, uint16_t *y) { bf16_narrow_range(n, x, y); }
void bf16_widen(size_t n, const uint16_t *x, float *y) { bf16_widen_range(n, x, y); }
