/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross-entropy, row by row, for as few classes as the next sentence has: plain
 * loops, with all sums in double. */
#include "src/kernels/xent.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"

/* x (n) += bias; returns where the first of the largest is. */
static int64_t add_bias(int64_t n, float *x, const float *bias) {
    int64_t best = 0;
    for (int64_t j = 0; j < n; j++) {
        x[j] += bias[j];
        best = x[j] > x[best] ? j : best;
    }
    return best;
}

/* The gradient of a biased row, whose exponentials add up to sum. */
static void xent_backward(int64_t n, float *x, int32_t label, float largest, double sum,
                          float scale) {
    for (int64_t j = 0; j < n; j++)
        x[j] = (float)(exp((double)x[j] - largest) / sum * scale);
    x[label] -= scale;
}

/* The loss of one row; *correct is added to. */
static double xent_one(int64_t n, float *x, const float *bias, int32_t label,
                       float scale, int64_t *correct) {
    int64_t best = add_bias(n, x, bias);
    CHECK(label < n);
    if (label < 0) {
        if (scale != 0)
            memset(x, 0, (size_t)n * sizeof *x);
        return 0;
    }
    float largest = x[best], own = x[label];
    double sum = 0;
    for (int64_t j = 0; j < n; j++)
        sum += exp((double)x[j] - largest);
    if (scale != 0)
        xent_backward(n, x, label, largest, sum, scale);
    *correct += best == label;
    return log(sum) + ((double)largest - own);
}

void xent_forward_backward(int64_t rows, int64_t n, int64_t ld, float *logits,
                           const float *bias, const int32_t *labels, float scale,
                           double *loss, int64_t *correct) {
    for (int64_t i = 0; i < rows; i++)
        *loss += xent_one(n, logits + i * ld, bias, labels[i], scale, correct);
}
