/* SPDX-License-Identifier: Apache-2.0 */
/* Many numbers at once from Philox 4x32-10 (base/rng.h has the plain one): decisions of
 * 16 bits each, or words of 32. */
#ifndef MPIBERT_KERNELS_PHILOX_BITS_H
#define MPIBERT_KERNELS_PHILOX_BITS_H

#include <stdint.h>

/* Where a row's draws lie: counter[0] of the first block, and what the blocks share. */
struct philox_row {
    uint32_t counter[4], key[2];
};

/* bits ((n + 7) / 8): bit j is 1 if draw j >= threshold, for j < n, and 0 beyond.  Draw
 * 8c + j is bits 16 (j & 1) … of word j / 2 of the block at counter[0] + c. */
void philox_bits(const struct philox_row *row, uint32_t threshold, int64_t n,
                 uint8_t *bits);

/* words (n): word 4c + j is word j of the block at counter[0] + first + c. */
void philox_words(const struct philox_row *row, uint32_t first, int64_t n,
                  uint32_t *words);

#endif
