/* SPDX-License-Identifier: Apache-2.0 */
/* Brain floats: the upper half of a float's bits, for numbers that travel or are
 * multiplied. */
#ifndef MPIBERT_BASE_BF16_H
#define MPIBERT_BASE_BF16_H

#include <stddef.h>
#include <stdint.h>

/* y = x rounded to nearest, ties to even; what is not a number stays so. */
void bf16_narrow(size_t n, const float *x, uint16_t *y);
/* y = x, exactly. */
void bf16_widen(size_t n, const uint16_t *x, float *y);
/* words[j] = low[j] rounded, and above it high[j]; NULL: zeros. */
void bf16_pair(size_t n, const float *low, const float *high, uint32_t *words);
/* The same of what is bf16 already. */
void bf16_zip(size_t n, const uint16_t *low, const uint16_t *high, uint32_t *words);

#endif
