/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross-entropy.  A row of BERT's logits (30522 floats, 120 KB) fits the second
 * cache: it comes from memory once, is biased, measured and turned into its gradient
 * there.  Sums over a row are in float inside pieces and in double over them. */
#include "src/kernels/xent.h"

#include <math.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/largest.h"
#include "src/kernels/parallel.h"

enum { PIECE = 1024 };            /* elements summed in float, in the first cache */
enum { XENT_ROWS_AT_ONCE = 256 }; /* rows whose losses wait on the stack to be summed */

/* x (n) += bias; its largest element. */
KERNEL(xent_bias,
       (int64_t n, float *restrict x, const float *restrict bias, float *out),
       (n, x, bias, out)) {
    *out = -INFINITY;
    for (int64_t first = 0; first < n; first += PIECE) {
        int64_t count = n - first < PIECE ? n - first : PIECE;
        float *piece = x + first, largest;
#pragma omp simd
        for (int64_t j = 0; j < count; j++)
            piece[j] += bias[first + j];
        largest = row_largest(count, piece);
        *out = largest > *out ? largest : *out;
    }
}

/* Σ e^(x - largest), and, if keep, x replaced by those. */
KERNEL(xent_exp, (int64_t n, float *x, float largest, int keep, double *out),
       (n, x, largest, keep, out)) {
    double total = 0;
    for (int64_t first = 0; first < n; first += PIECE) {
        int64_t count = n - first < PIECE ? n - first : PIECE;
        float *piece = x + first, sum = 0;
        if (keep) {
#pragma omp simd reduction(+ : sum)
            for (int64_t j = 0; j < count; j++) {
                piece[j] = approx_exp(piece[j] - largest);
                sum += piece[j];
            }
        } else {
#pragma omp simd reduction(+ : sum)
            for (int64_t j = 0; j < count; j++)
                sum += approx_exp(piece[j] - largest);
        }
        total += sum;
    }
    *out = total;
}

KERNEL(xent_scale, (int64_t n, float *x, float a), (n, x, a)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        x[j] *= a;
}

KERNEL(xent_ties, (int64_t n, const float *x, float value, int64_t *out),
       (n, x, value, out)) {
    int64_t ties = 0;
#pragma omp simd reduction(+ : ties)
    for (int64_t j = 0; j < n; j++)
        ties += x[j] == value;
    *out = ties;
}

/* The loss of one row; *correct is set.  Writes the gradient unless scale is 0. */
static double xent_one(int64_t n, float *x, const float *bias, int32_t label,
                       float scale, int8_t *correct) {
    float largest;
    double sum;
    CHECK(label < n);
    xent_bias(n, x, bias, &largest);
    *correct = 0;
    if (label < 0) {
        if (scale != 0)
            memset(x, 0, (size_t)n * sizeof *x);
        return 0;
    }
    float own = x[label];
    if (own == largest) {
        int64_t ties;
        xent_ties(label, x, own, &ties);
        *correct = ties == 0;
    }
    xent_exp(n, x, largest, scale != 0, &sum);
    if (scale != 0) {
        xent_scale(n, x, (float)(scale / sum));
        x[label] -= scale;
    }
    return log(sum) + ((double)largest - own);
}

void xent_forward_backward(int64_t rows, int64_t n, int64_t ld, float *logits,
                           const float *bias, const int32_t *labels, float scale,
                           double *loss, int64_t *correct) {
    double losses[XENT_ROWS_AT_ONCE];
    int8_t right[XENT_ROWS_AT_ONCE];
    for (int64_t first = 0; first < rows; first += XENT_ROWS_AT_ONCE) {
        int64_t left = rows - first;
        int64_t count = left < XENT_ROWS_AT_ONCE ? left : XENT_ROWS_AT_ONCE;
#pragma omp parallel for schedule(static) if (count * n >= PARALLEL_MIN)
        for (int64_t i = 0; i < count; i++)
            losses[i] = xent_one(n, logits + (first + i) * ld, bias, labels[first + i],
                                 scale, &right[i]);
        for (int64_t i = 0; i < count; i++) {
            *loss += losses[i];
            *correct += right[i];
        }
    }
}
