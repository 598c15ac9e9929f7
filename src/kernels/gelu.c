/* SPDX-License-Identifier: Apache-2.0 */
/* GELU and its slope.  Both need the same exponential and the same division, so both
 * are made at once, and backward is left a product. */
#include "src/kernels/gelu.h"

#include <math.h>

#include "src/base/dispatch.h"
#include "src/kernels/approx.h"

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
KERNEL(gelu_forward_erf,
       (int64_t rows, int64_t n, int64_t ld, float *restrict x,
        const float *restrict bias, float *restrict y),
       (rows, n, ld, x, bias, y)) {
    for (int64_t i = 0; i < rows; i++, x += ld, y += ld) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float v = x[j] + bias[j], density, phi = gelu_phi(v, &density);
            y[j] = v * phi;
            x[j] = phi + 0.398942280f * v * density; /* 1/√(2π) */
        }
    }
}

/* With s = sigmoid(2u):  gelu' = s + x s (1 - s) 2u'.  (x² must not overflow.) */
KERNEL(gelu_forward_tanh,
       (int64_t rows, int64_t n, int64_t ld, float *restrict x,
        const float *restrict bias, float *restrict y),
       (rows, n, ld, x, bias, y)) {
    const float a = 2.0f * 0.797884561f, b = 3.0f * 0.044715f * a;
    for (int64_t i = 0; i < rows; i++, x += ld, y += ld) {
#pragma omp simd
        for (int64_t j = 0; j < n; j++) {
            float v = x[j] + bias[j], s = gelu_sigmoid(v);
            y[j] = v * s;
            x[j] = s + v * s * (1.0f - s) * (a + b * (v * v));
        }
    }
}

void gelu_forward(int64_t rows, int64_t n, int64_t ld, float *x, const float *bias,
                  float *y, int tanh) {
    if (tanh)
        gelu_forward_tanh(rows, n, ld, x, bias, y);
    else
        gelu_forward_erf(rows, n, ld, x, bias, y);
}
