/* SPDX-License-Identifier: Apache-2.0 */
/* How far a distribution over many classes is from another, of which a few classes
 * count: logits of a student held against those of a teacher. */
#ifndef MPIBERT_KERNELS_SOFT_H
#define MPIBERT_KERNELS_SOFT_H

#include <stdint.h>

/* A row of a teacher's. */
struct soft_target {
    int64_t count;       /* logits that count; 0: nothing is learnt of this row */
    const int32_t *at;   /* whose they are, ascending; NULL: of the first classes */
    const float *logits; /* (count) */
    float temperature;   /* that the logits of both are divided by */
};

/* With q the softmax of the teacher's logits, over those that count, and p that of x
 * (n), over all: returns τ² Σ q (ln q - ln p); and, unless the scale is 0, x becomes
 * scale times its gradient.  By the calling thread; q (count) is scratch.  The factor
 * is of Hinton et al. (2015): gradients stay as large at any temperature τ. */
double soft_row(const struct soft_target *target, int64_t n, float scale, float *x,
                float *q);

#endif
