/* SPDX-License-Identifier: Apache-2.0 */
/* Brain floats: the upper half of a float's bits, for numbers that travel or are
 * multiplied. */
#ifndef MPIBERT_BASE_BF16_H
#define MPIBERT_BASE_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "src/base/dispatch.h"

/* One, inside a kernel.  Half of the last place that stays, less one if that place is
 * even, carries exactly when rounding goes up, into the exponent if need be: the
 * largest floats become infinite.  A carry out of a NaN's bits would make a number of
 * it; such get their quiet bit instead. */
KERNEL_INLINE uint32_t bf16_round(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
    return (bits & 0x7fffffffu) > 0x7f800000u ? bits >> 16 | 0x40u : rounded;
}

KERNEL_INLINE float bf16_wide(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

/* y = x rounded to nearest, ties to even; what is not a number stays so. */
void bf16_narrow(size_t n, const float *x, uint16_t *y);
/* y = x, exactly. */
void bf16_widen(size_t n, const uint16_t *x, float *y);

#endif
