/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax over the last dimension, and the dropout of what it makes. */
#ifndef MPIBERT_KERNELS_SOFTMAX_H
#define MPIBERT_KERNELS_SOFTMAX_H

#include "src/kernels/matrix.h"

/* What becomes of probabilities: keep (rows, (n + 7) / 8) and scale are those of
 * dropout.h; to (rows, n), of the kind of p, is written, on either way. */
struct softmax_drop {
    const uint8_t *keep;
    float scale;
    struct matrix to;
};

/* p = softmax(scale · x), both (rows, n); scale > 0.  x is in single precision and used
 * up; p may be x.  drop NULL: p stays what it is. */
void softmax_forward(int64_t rows, int64_t n, float scale, struct matrix x,
                     struct matrix p, const struct softmax_drop *drop);
/* dx = scale · p · (d - Σ p d), row by row, where d is the gradient of p: dp or, with
 * drop, what dropout makes of dp, the gradient of drop->to.  dp is in single precision
 * and used up; dx, of the kind of p, may be dp. */
void softmax_backward(int64_t rows, int64_t n, float scale, struct matrix p,
                      const struct softmax_drop *drop, struct matrix dp,
                      struct matrix dx);

#endif
