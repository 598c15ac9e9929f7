/* SPDX-License-Identifier: Apache-2.0 */
/* The largest of a row.  An OpenMP max reduction does not vectorise everywhere without
 * -ffast-math, which would forget NaN; lanes written out do. */
#ifndef MPIBERT_KERNELS_LARGEST_H
#define MPIBERT_KERNELS_LARGEST_H

#include <stdint.h>

#include "src/base/dispatch.h"

/* Of x (n), n > 0; NaN elements are passed over. */
KERNEL_INLINE float row_largest(int64_t n, const float *x) {
    enum { LANES = 32 };
    float largest = x[0], lanes[LANES];
    int64_t j = 0;
    if (n >= LANES) {
        for (int k = 0; k < LANES; k++)
            lanes[k] = x[k];
        for (j = LANES; j + LANES <= n; j += LANES)
            for (int k = 0; k < LANES; k++)
                lanes[k] = x[j + k] > lanes[k] ? x[j + k] : lanes[k];
        for (int half = LANES / 2; half > 0; half /= 2)
            for (int k = 0; k < half; k++)
                lanes[k] = lanes[k + half] > lanes[k] ? lanes[k + half] : lanes[k];
        largest = lanes[0];
    }
    for (; j < n; j++)
        largest = x[j] > largest ? x[j] : largest;
    return largest;
}

#endif
