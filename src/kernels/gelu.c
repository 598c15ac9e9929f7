/* SPDX-License-Identifier: Apache-2.0 */
/* GELU and its slope.  Both forms need one exponential and one division an element; the
 * slope needs no more, so only x is kept between forward and backward. */
#include "src/kernels/gelu.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/approx.h"
#include "src/kernels/parallel.h"

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

KERNEL(gelu_forward_erf,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict bias,
        float *restrict y),
       (rows, n, x, bias, y)) {
    for (int64_t i = 0; i < rows; i++, x += n, y += n) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float v = x[j] + bias[j], density;
            x[j] = v;
            y[j] = v * gelu_phi(v, &density);
        }
    }
}

KERNEL(gelu_forward_tanh,
       (int64_t rows, int64_t n, float *restrict x, const float *restrict bias,
        float *restrict y),
       (rows, n, x, bias, y)) {
    for (int64_t i = 0; i < rows; i++, x += n, y += n) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float v = x[j] + bias[j];
            x[j] = v;
            y[j] = v * gelu_sigmoid(v);
        }
    }
}

/* gelu' = Φ(x) + x φ(x) */
KERNEL(gelu_backward_erf, (int64_t n, const float *x, const float *dy, float *dx),
       (n, x, dy, dx)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float density, phi = gelu_phi(x[i], &density);
        dx[i] = dy[i] * (phi + 0.398942280f * x[i] * density); /* 1/√(2π) */
    }
}

/* With s = sigmoid(2u):  gelu' = s + x s (1 - s) 2u'.  (x² must not overflow.) */
KERNEL(gelu_backward_tanh, (int64_t n, const float *x, const float *dy, float *dx),
       (n, x, dy, dx)) {
    const float a = 2.0f * 0.797884561f, b = 3.0f * 0.044715f * a;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float v = x[i], s = gelu_sigmoid(v);
        dx[i] = dy[i] * (s + v * s * (1.0f - s) * (a + b * (v * v)));
    }
}

void gelu_forward(int64_t rows, int64_t n, float *x, const float *bias, float *y,
                  int tanh) {
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(rows, 1);
        int64_t at = r.begin * n, count = r.end - r.begin;
        if (tanh)
            gelu_forward_tanh(count, n, x + at, bias, y + at);
        else
            gelu_forward_erf(count, n, x + at, bias, y + at);
    }
}

void gelu_backward(int64_t rows, int64_t n, const float *x, const float *dy, float *dx,
                   int tanh) {
#pragma omp parallel if (rows * n >= PARALLEL_MIN)
    {
        struct range r = parallel_share(rows * n, 16);
        int64_t at = r.begin, count = r.end - r.begin;
        if (tanh)
            gelu_backward_tanh(count, x + at, dy + at, dx + at);
        else
            gelu_backward_erf(count, x + at, dy + at, dx + at);
    }
}
