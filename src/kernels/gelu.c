/* SPDX-License-Identifier: Apache-2.0 */
/* GELU and its slope.  Both need the same exponential and the same division, so both
 * are made at once, and backward is left a product. */
#include "src/kernels/gelu.h"

#include <math.h>

#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/number.h"

/* Φ(x), and e^(-x²/2) on the way; by the tail, so that small Φ keep their digits. */
KERNEL_INLINE float gelu_phi(float x, float *density) {
    float e = approx_exp(-0.5f * x * x);
    float tail = e * approx_tail(fabsf(x));
    *density = e;
    return x < 0 ? tail : 1.0f - tail;
}

/* ½ (1 + tanh u) = sigmoid(2u)  with u = √(2/π) (x + 0.044715 x³) */
KERNEL_INLINE float gelu_sigmoid(float x) {
    const float a = 2.0f * 0.797884561f, b = 0.044715f * a;
    return approx_sigmoid(x * (a + b * (x * x)));
}

/* gelu' = Φ(x) + x φ(x) */
KERNEL_INLINE void gelu_erf_range(int64_t n, const float *x, const float *bias,
                                  float *slope, float *y) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        float v = x[j] + bias[j], density, phi = gelu_phi(v, &density);
        y[j] = v * phi;
        slope[j] = phi + 0.398942280f * v * density; /* 1/√(2π) */
    }
}

/* With s = sigmoid(2u):  gelu' = s + x s (1 - s) 2u'.  (x² must not overflow.) */
KERNEL_INLINE void gelu_tanh_range(int64_t n, const float *x, const float *bias,
                                   float *slope, float *y) {
    const float a = 2.0f * 0.797884561f, b = 3.0f * 0.044715f * a;
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
        float v = x[j] + bias[j], s = gelu_sigmoid(v);
        y[j] = v * s;
        slope[j] = s + v * s * (1.0f - s) * (a + b * (v * v));
    }
}

KERNEL(gelu_forward_rows,
       (int64_t rows, int64_t n, struct matrix x, const float *bias,
        struct matrix slope, struct matrix y, int tanh),
       (rows, n, x, bias, slope, y, tanh)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0, count; j < n; j += count) {
            float *from = matrix_from(x, i, j).at;
            struct matrix slopes = matrix_from(slope, i, j), to = matrix_from(y, i, j);
            float *slope_made = number_begin(slopes, from),
                  *made = number_begin(to, room);
            count = number_stretch(y.kind, j, n);
            if (tanh)
                gelu_tanh_range(count, from, bias + j, slope_made, made);
            else
                gelu_erf_range(count, from, bias + j, slope_made, made);
            number_end(slopes, count, slope_made);
            number_end(to, count, made);
        }
}

KERNEL_INLINE void gelu_slope_range(int64_t n, const float *dy, const float *slope,
                                    float *dx) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        dx[j] = dy[j] * slope[j];
}

KERNEL(gelu_backward_rows,
       (int64_t rows, int64_t n, struct matrix dy, struct matrix slope,
        struct matrix dx),
       (rows, n, dy, slope, dx)) {
    float room[NUMBER_STRETCH];
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0, count; j < n; j += count) {
            float *d = matrix_from(dy, i, j).at;
            struct matrix to = matrix_from(dx, i, j);
            float *made = number_begin(to, d);
            count = number_stretch(dx.kind, j, n);
            gelu_slope_range(count, d,
                             number_open(matrix_from(slope, i, j), count, room), made);
            number_end(to, count, made);
        }
}

void gelu_forward(int64_t rows, int64_t n, struct matrix x, const float *bias,
                  struct matrix slope, struct matrix y, int tanh) {
    CHECK(x.kind == NUMBER_F32 && slope.kind == y.kind);
    gelu_forward_rows(rows, n, x, bias, slope, y, tanh);
}

void gelu_backward(int64_t rows, int64_t n, struct matrix dy, struct matrix slope,
                   struct matrix dx) {
    CHECK(dy.kind == NUMBER_F32 && slope.kind == dx.kind);
    gelu_backward_rows(rows, n, dy, slope, dx);
}
