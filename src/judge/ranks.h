/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks of numbers of which each is there so many times; equal ones share the mean of
 * their ranks. */
#ifndef MPIBERT_JUDGE_RANKS_H
#define MPIBERT_JUDGE_RANKS_H

#include <stdint.h>

/* order[n]: the numbers' places from the least to the greatest.  No NaN among them. */
void ranks_order(const double *values, int64_t n, int64_t *order);
/* ranks[n], from 1, where value i is there weights[i] times; of a weight of 0: any. */
void ranks_weighted(const double *values, const int64_t *order, const double *weights,
                    int64_t n, double *ranks);

#endif
