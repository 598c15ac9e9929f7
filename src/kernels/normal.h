/* SPDX-License-Identifier: Apache-2.0 */
/* Many normal numbers at once (base/rng.h has one at a time). */
#ifndef MPIBERT_KERNELS_NORMAL_H
#define MPIBERT_KERNELS_NORMAL_H

#include <stddef.h>

#include "src/base/rng.h"

/* x (n) = range · z, rounded to float, of the next n numbers z of rng_normal that lie
 * within two deviations, to the bit; rng is at the beginning of its sequence, and ends
 * at no place of use. */
void normal_cut(struct rng *rng, size_t n, double range, float *x);

#endif
