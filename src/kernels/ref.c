/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels as their definitions, in double: see ref.h.  Slow on purpose; the only
 * care taken is that nothing overflows. */
#include "src/kernels/ref.h"

#include <math.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"

static double ref_pick(enum gemm_op op, const double *a, int64_t ld, int64_t i,
                       int64_t j) {
    return op == GEMM_N ? a[i * ld + j] : a[j * ld + i];
}

void ref_gemm(enum gemm_op op_a, enum gemm_op op_b, int64_t m, int64_t n, int64_t k,
              double alpha, const double *a, int64_t lda, const double *b, int64_t ldb,
              double beta, double *c, int64_t ldc) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += ref_pick(op_a, a, lda, i, l) * ref_pick(op_b, b, ldb, l, j);
            double *to = &c[i * ldc + j];
            *to = alpha * sum + (beta == 0 ? 0 : beta * *to);
        }
}

/* u(x) = √(2/π) (x + 0.044715 x³), the argument of the tanh form */
static double ref_gelu_inner(double x) {
    return sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
}

void ref_gelu_forward(int64_t rows, int64_t n, double *x, const double *bias, double *y,
                      int tanh_form) {
    for (int64_t i = 0; i < rows * n; i++) {
        double v = x[i] += bias[i % n];
        y[i] = tanh_form ? 0.5 * v * (1 + tanh(ref_gelu_inner(v)))
                         : 0.5 * v * erfc(-v / M_SQRT2);
    }
}

void ref_gelu_backward(int64_t rows, int64_t n, const double *x, const double *dy,
                       double *dx, int tanh_form) {
    for (int64_t i = 0; i < rows * n; i++) {
        double v = x[i], slope;
        if (tanh_form) {
            double t = tanh(ref_gelu_inner(v));
            double inner_slope = sqrt(2 / M_PI) * (1 + 3 * 0.044715 * v * v);
            slope = 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * inner_slope;
        } else {
            slope = 0.5 * erfc(-v / M_SQRT2) + v * exp(-v * v / 2) / sqrt(2 * M_PI);
        }
        dx[i] = dy[i] * slope;
    }
}

void ref_layernorm_forward(int64_t rows, int64_t n, double *x, const double *gamma,
                           const double *beta, double eps, double *y, double *rstd) {
    for (int64_t i = 0; i < rows; i++) {
        double mean = 0, variance = 0;
        for (int64_t j = 0; j < n; j++)
            mean += x[i * n + j] / (double)n;
        for (int64_t j = 0; j < n; j++)
            variance += pow(x[i * n + j] - mean, 2) / (double)n;
        rstd[i] = 1 / sqrt(variance + eps);
        for (int64_t j = 0; j < n; j++) {
            x[i * n + j] = (x[i * n + j] - mean) * rstd[i];
            y[i * n + j] = x[i * n + j] * gamma[j] + beta[j];
        }
    }
}

/* With g = dy · gamma:  dx = rstd (g - mean(g) - xhat mean(g xhat)) */
void ref_layernorm_backward(int64_t rows, int64_t n, const double *xhat,
                            const double *gamma, const double *rstd, const double *dy,
                            double *dx, double *dgamma, double *dbeta) {
    for (int64_t i = 0; i < rows; i++) {
        double mean_g = 0, mean_gx = 0;
        for (int64_t j = 0; j < n; j++) {
            double d = dy[i * n + j], h = xhat[i * n + j];
            mean_g += d * gamma[j] / (double)n;
            mean_gx += d * gamma[j] * h / (double)n;
            dgamma[j] += d * h;
            dbeta[j] += d;
        }
        for (int64_t j = 0; j < n; j++) {
            double g = dy[i * n + j] * gamma[j];
            dx[i * n + j] = rstd[i] * (g - mean_g - xhat[i * n + j] * mean_gx);
        }
    }
}

void ref_softmax_forward(int64_t rows, int64_t n, int64_t ld, double scale, double *x) {
    for (int64_t i = 0; i < rows; i++) {
        double *row = x + i * ld, largest = -INFINITY, sum = 0;
        for (int64_t j = 0; j < n; j++)
            largest = fmax(largest, scale * row[j]);
        for (int64_t j = 0; j < n; j++)
            sum += row[j] = exp(scale * row[j] - largest);
        for (int64_t j = 0; j < n; j++)
            row[j] /= sum;
    }
}

void ref_softmax_backward(int64_t rows, int64_t n, int64_t ld, double scale,
                          const double *p, const double *dp, double *dx) {
    for (int64_t i = 0; i < rows; i++) {
        double dot = 0;
        for (int64_t j = 0; j < n; j++)
            dot += p[i * ld + j] * dp[i * ld + j];
        for (int64_t j = 0; j < n; j++)
            dx[i * ld + j] = scale * p[i * ld + j] * (dp[i * ld + j] - dot);
    }
}

/* Is element j of row `row` kept? */
static int ref_dropout_keeps(const struct dropout_key *key, uint32_t row, int64_t j,
                             uint32_t threshold) {
    uint32_t counter[4] = {(uint32_t)(j / 8), row, (uint32_t)key->number,
                           key->site << 16 | (uint32_t)(key->number >> 32)};
    uint32_t seed[2] = {(uint32_t)key->seed ^ key->lane * 0x9E3779B9u,
                        (uint32_t)(key->seed >> 32) ^ (uint32_t)RNG_DROPOUT << 24};
    uint32_t words[4];
    philox4x32(counter, seed, words);
    return (words[j % 8 / 2] >> 16 * (j & 1) & 0xFFFF) >= threshold;
}

void ref_dropout_forward(int64_t rows, int64_t n, int64_t ld,
                         const struct dropout_key *key, uint32_t first_row,
                         uint32_t threshold, double *x, uint8_t *keep) {
    double scale = 65536.0 / (65536.0 - threshold);
    memset(keep, 0, (size_t)(rows * ((n + 7) / 8)));
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++) {
            int kept = ref_dropout_keeps(key, first_row + (uint32_t)i, j, threshold);
            keep[i * ((n + 7) / 8) + j / 8] |= (uint8_t)(kept << (j & 7));
            x[i * ld + j] = kept ? x[i * ld + j] * scale : 0;
        }
}

void ref_dropout_backward(int64_t rows, int64_t n, int64_t ld, uint32_t threshold,
                          const uint8_t *keep, const double *dy, double *dx) {
    double scale = 65536.0 / (65536.0 - threshold);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < n; j++) {
            int kept = keep[i * ((n + 7) / 8) + j / 8] >> (j & 7) & 1;
            dx[i * ld + j] = kept ? dy[i * ld + j] * scale : 0;
        }
}

void ref_embedding_forward(int64_t T, int64_t n, const int32_t *ids,
                           const int32_t *positions, const int32_t *segments,
                           const double *word, const double *position,
                           const double *segment, double *y) {
    for (int64_t t = 0; t < T; t++)
        for (int64_t j = 0; j < n; j++)
            y[t * n + j] = word[ids[t] * n + j] + position[positions[t] * n + j] +
                           segment[segments[t] * n + j];
}

void ref_embedding_backward(int64_t T, int64_t n, const int32_t *index,
                            const double *dy, double *dtable) {
    for (int64_t t = 0; t < T; t++)
        for (int64_t j = 0; j < n; j++)
            dtable[index[t] * n + j] += dy[t * n + j];
}

void ref_rows_gather(int64_t m, int64_t n, const int32_t *rows, const double *x,
                     double *y) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++)
            y[i * n + j] = x[rows[i] * n + j];
}

void ref_rows_scatter_add(int64_t m, int64_t n, const int32_t *rows, const double *y,
                          double *x) {
    ref_embedding_backward(m, n, rows, y, x);
}

/* The first of the largest of row (n). */
static int64_t ref_argmax(int64_t n, const double *row) {
    int64_t best = 0;
    for (int64_t j = 1; j < n; j++)
        if (row[j] > row[best])
            best = j;
    return best;
}

static void ref_xent_row(int64_t n, double *row, int32_t label, double scale,
                         double *loss, int64_t *correct) {
    int64_t best = ref_argmax(n, row);
    double largest = row[best], sum = 0;
    for (int64_t j = 0; j < n; j++)
        sum += exp(row[j] - largest);
    *loss += log(sum) + largest - row[label];
    *correct += best == label;
    for (int64_t j = 0; scale != 0 && j < n; j++)
        row[j] = (exp(row[j] - largest) / sum - (j == label)) * scale;
}

void ref_xent_forward_backward(int64_t rows, int64_t n, int64_t ld, double *logits,
                               const double *bias, const int32_t *labels, double scale,
                               double *loss, int64_t *correct) {
    for (int64_t i = 0; i < rows; i++) {
        double *row = logits + i * ld;
        for (int64_t j = 0; j < n; j++)
            row[j] += bias[j];
        if (labels[i] >= 0)
            ref_xent_row(n, row, labels[i], scale, loss, correct);
        else if (scale != 0)
            memset(row, 0, (size_t)n * sizeof *row);
    }
}

/* x (n) = softmax(x / temperature) */
static void ref_softened(int64_t n, double temperature, double *x) {
    double largest = x[ref_argmax(n, x)], sum = 0;
    for (int64_t j = 0; j < n; j++)
        sum += exp((x[j] - largest) / temperature);
    for (int64_t j = 0; j < n; j++)
        x[j] = exp((x[j] - largest) / temperature) / sum;
}

double ref_soft_row(int64_t count, const int32_t *at, const double *theirs,
                    double temperature, int64_t n, double scale, double *x) {
    double loss = 0, *q = mem_alloc((size_t)(count + 1), sizeof *q);
    memcpy(q, theirs, (size_t)count * sizeof *q);
    if (count > 0)
        ref_softened(count, temperature, q);
    ref_softened(n, temperature, x);
    for (int64_t k = 0; k < count; k++)
        loss += q[k] > 0 ? q[k] * log(q[k] / x[at ? at[k] : k]) : 0;
    for (int64_t j = 0; j < n; j++)
        x[j] *= count > 0 ? scale * temperature : 0;
    for (int64_t k = 0; k < count; k++)
        x[at ? at[k] : k] -= scale * temperature * q[k];
    mem_free(q);
    return temperature * temperature * loss;
}

void ref_decoder_loss(int64_t rows, int64_t H, int64_t V, const double *x,
                      const double *weight, const double *bias, const int32_t *labels,
                      double scale, double *dx, double *dweight, double *dbias,
                      double *loss, int64_t *correct) {
    double *d = mem_alloc((size_t)V, sizeof *d); /* logits of a row, their gradient */
    for (int64_t i = 0; i < rows; i++, x += H, dx += H) {
        ref_gemm(GEMM_N, GEMM_T, 1, V, H, 1, x, H, weight, H, 0, d, V);
        ref_xent_forward_backward(1, V, V, d, bias, &labels[i], scale, loss, correct);
        if (scale == 0)
            continue;
        ref_gemm(GEMM_N, GEMM_N, 1, H, V, 1, d, V, weight, H, 0, dx, H);
        ref_gemm(GEMM_T, GEMM_N, V, H, 1, 1, d, V, x, H, 1, dweight, H);
        ref_vec_sum_rows(1, V, d, dbias);
    }
    mem_free(d);
}

void ref_vec_add_bias(int64_t rows, int64_t n, double *x, const double *bias) {
    for (int64_t i = 0; i < rows * n; i++)
        x[i] += bias[i % n];
}

void ref_vec_sum_rows(int64_t rows, int64_t n, const double *dy, double *dbias) {
    for (int64_t i = 0; i < rows * n; i++)
        dbias[i % n] += dy[i];
}

void ref_vec_add(int64_t n, const double *x, double *y) {
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

void ref_vec_tanh(int64_t n, const double *x, double *y) {
    for (int64_t i = 0; i < n; i++)
        y[i] = tanh(x[i]);
}

void ref_vec_tanh_backward(int64_t n, const double *y, const double *dy, double *dx) {
    for (int64_t i = 0; i < n; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}

double ref_vec_sum_squares(int64_t n, const double *x) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}
