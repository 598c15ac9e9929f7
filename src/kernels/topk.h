/* SPDX-License-Identifier: Apache-2.0 */
/* The largest few of a row. */
#ifndef MPIBERT_KERNELS_TOPK_H
#define MPIBERT_KERNELS_TOPK_H

#include <stdint.h>

/* Of x (n) the k largest, 0 < k <= n; of equal ones the first: where they are,
 * ascending, and what.  Where a NaN is in x none is larger than others: the first k
 * places, and NaN.  scratch (n).  By the calling thread. */
void topk_row(int64_t n, const float *x, int64_t k, float *scratch, int32_t *at,
              float *values);

/* The k-th largest of x (n), without NaN, 0 < k <= n; reorders x. */
float topk_least(int64_t n, float *x, int64_t k);

#endif
