/* SPDX-License-Identifier: Apache-2.0 */
/* Draws from a distribution whose weights are known up to a factor: each word v, of
 * weight e_v, has an exponentially distributed E_v of its own, and the largest e_v /
 * E_v wins, with probability e_v / Σ e.  Its logarithm is log e_v + G_v with Gumbel's
 * G: the "Gumbel trick" (Gumbel, 1954), without the sum, and in any order, block by
 * block. */
#ifndef MPIBERT_KERNELS_RACE_H
#define MPIBERT_KERNELS_RACE_H

#include <stdint.h>

#include "src/kernels/philox_bits.h"

/* Words of a block at most. */
enum { RACE_BLOCK = 384 };

/* Who leads, and by what: log(e / E). */
struct race {
    float lead;
    int32_t word;
};

/* Of n words from number `first` on, a multiple of 4, whose weights (n) are `stride`
 * apart: the leader, of several the first.  `noise` has a word of random bits for each
 * word of the whole vocabulary.  NaN is no weight; where none is above 0, the first
 * word leads, by -infinity. */
struct race race_block(int64_t n, int64_t first, const float *weights, int64_t stride,
                       const struct philox_row *noise);

#endif
