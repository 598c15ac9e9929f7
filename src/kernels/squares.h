/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of squares in fixed point: whole numbers, whose sum is the same in any order and
 * any grouping.  The unit follows from the largest of all, so that of 2^27 numbers the
 * sum is right to a part in 10^9 at worst. */
#ifndef MPIBERT_KERNELS_SQUARES_H
#define MPIBERT_KERNELS_SQUARES_H

#include <stdint.h>

/* A sum in parts that may be added up one by one, by as many as there are. */
enum { SQUARES_PARTS = 4 };

/* The largest |x|; infinite if any is infinite or NaN.  Uses all threads. */
double squares_largest(int64_t n, const float *x);
/* Adds Σ x² to the parts; no |x| is over `largest`, which is finite.  Uses all
 * threads. */
void squares_add(int64_t n, const float *x, double largest,
                 uint64_t parts[SQUARES_PARTS]);
/* What they come to. */
double squares_value(const uint64_t parts[SQUARES_PARTS], double largest);

#endif
