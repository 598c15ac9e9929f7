/* SPDX-License-Identifier: Apache-2.0 */
/* A row on its way through dropout, inside kernels that do more with it: sixteen bits
 * of keep (dropout.h) at a time. */
#ifndef MPIBERT_KERNELS_DROPOUT_ROW_H
#define MPIBERT_KERNELS_DROPOUT_ROW_H

#include <stdint.h>

#include "src/base/dispatch.h"

/* y = keep ? x · scale : 0; y may be x. */
KERNEL_INLINE void dropout_row(int64_t n, const uint8_t *keep, float scale,
                               const float *x, float *y) {
    int64_t j = 0;
    for (; j + 16 <= n; j += 16) {
        uint32_t bits = keep[j / 8] | (uint32_t)keep[j / 8 + 1] << 8;
#pragma omp simd
        for (int k = 0; k < 16; k++)
            y[j + k] = bits >> k & 1 ? x[j + k] * scale : 0.0f;
    }
    for (; j < n; j++)
        y[j] = keep[j / 8] >> (j & 7) & 1 ? x[j] * scale : 0.0f;
}

#endif
