/* SPDX-License-Identifier: Apache-2.0 */
/* How far a softmax is from a sparse distribution: Kullback and Leibler's
 * divergence. */
#ifndef MPIBERT_KERNELS_DIVERGENCE_H
#define MPIBERT_KERNELS_DIVERGENCE_H

#include <stdint.h>

/* What a row is to be: probabilities of a few of n classes, which sum to 1; or nothing,
 * and then it has neither loss nor gradient. */
struct divergence_target {
    int64_t count;
    const int32_t *at; /* (count) classes, ascending */
    const float *q;    /* (count) > 0 */
};

/* Returns Σ q (ln q - ln p), p the softmax of x (n); x becomes scale · (p - q), its
 * gradient.  By the calling thread. */
double divergence_row(const struct divergence_target *target, int64_t n, float scale,
                      float *x);

#endif
