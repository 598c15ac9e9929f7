/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross-entropy over a few classes (over a vocabulary: decoder.h). */
#ifndef MPIBERT_KERNELS_XENT_H
#define MPIBERT_KERNELS_XENT_H

#include <stdint.h>

/* logits (rows, n), rows ld apart, += bias (n).  For each row with label >= 0: adds
 * -log softmax(logits)[label] to *loss and 1 to *correct if the label is the first of
 * the largest; then replaces the row by (softmax - onehot) · scale.  A row with label <
 * 0 becomes zeros.  Sums are in double, in the order of rows.  With scale 0 logits are
 * left biased but otherwise as they were (evaluation). */
void xent_forward_backward(int64_t rows, int64_t n, int64_t ld, float *logits,
                           const float *bias, const int32_t *labels, float scale,
                           double *loss, int64_t *correct);

#endif
