/* SPDX-License-Identifier: Apache-2.0 */
/* exp, log, tanh, the logistic sigmoid and the normal distribution's tail for kernels:
 * libm's are calls, and calls do not vectorise.  No branches, no tables; NaN gives NaN.
 * The coefficients are minimax fits of relative error made for this program (Lawson's
 * algorithm on Chebyshev points, of functions in 40 digits).  The forms of exp, log and
 * tanh are those of Moshier's Cephes library; that of the tail is after Hastings,
 * "Approximations for digital computers" (1955).  The errors given were measured. */
#ifndef MPIBERT_KERNELS_APPROX_H
#define MPIBERT_KERNELS_APPROX_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "src/base/dispatch.h"

/* exp(x) for x <= 0.  What is below e^-64 is 0, so that no product with it is denormal.
 * Relative error below 1.2e-7.  x = n ln 2 + r;  e^r = 1 + r + r² P(r).  Beyond the cut
 * the arithmetic may overflow or wrap: it is thrown away. */
KERNEL_INLINE float approx_exp(float x) {
    const float shift = 12582912.0f; /* 1.5 · 2^23: adding it rounds to an integer */
    float shifted = x * 1.44269504f + shift;
    float n = shifted - shift;
    float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; /* ln 2 in two parts */
    float p = 1.381459646e-3f;
    p = p * r + 8.368717507e-3f;
    p = p * r + 4.166838899e-2f;
    p = p * r + 1.666652113e-1f;
    p = p * r + 4.999999404e-1f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    uint32_t bits; /* of 2^n: the low bits of `shifted` are n */
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127u) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return x < -64.0f ? 0.0f : p * power;
}

/* log(x) for normal x > 0.  Relative error below 1.5e-7.  x = 2^n (1 + r), r from
 * √½ - 1 to √2 - 1;  log(1 + r) = r - r²/2 + r³ P(r). */
KERNEL_INLINE float approx_log(float x) {
    const uint32_t half_root = 0x3f3504f3u; /* √½ */
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits -= half_root;
    float n = (float)((int32_t)bits >> 23), one_r;
    bits = (bits & 0x007fffffu) + half_root;
    memcpy(&one_r, &bits, sizeof one_r);
    float r = one_r - 1.0f, z = r * r;
    float p = 8.699848838e-2f;
    p = p * r - 1.426737672e-1f;
    p = p * r + 1.491491095e-1f;
    p = p * r - 1.657760036e-1f;
    p = p * r + 1.996305248e-1f;
    p = p * r - 2.500133659e-1f;
    p = p * r + 3.333391100e-1f;
    float small = p * r * z - 0.5f * z + n * -2.12194440e-4f; /* ln 2 in two parts */
    return (r + small) + n * 0.693359375f;
}

/* -log(1 - w) where w is (bits / 2 + ½) / 2^31: of uniform bits the exponential
 * distribution, up to 22.2.  Relative error below 3e-7. */
KERNEL_INLINE float approx_exponential(uint32_t bits) {
    float w = ((float)(int32_t)(bits >> 1) + 0.5f) * 0x1p-31f;
    float rest = ((float)(int32_t)(~bits >> 1) + 0.5f) * 0x1p-31f; /* 1 - w, if small */
    float y = w < 0.5f ? 1.0f - w : rest;
    float lost = w < 0.5f ? (1.0f - y) - w : 0.0f; /* of 1 - w, to rounding */
    return -approx_log(y) - lost / y;
}

/* Φ(-t) / exp(-t²/2) for t >= 0, where Φ is the normal distribution function: a
 * polynomial in s = t / (t + 3).  Relative error below 2e-7 up to t = 1, 4e-7 up
 * to 2 and 4e-6 up to 13, where Φ(-t) is 1e-38.  Infinity gives NaN. */
KERNEL_INLINE float approx_tail(float t) {
    float s = t / (t + 3.0f);
    float p = 2.748691849e-2f;
    p = p * s - 9.424098581e-2f;
    p = p * s + 8.602681756e-2f;
    p = p * s + 7.021680940e-3f;
    p = p * s + 6.348054856e-2f;
    p = p * s - 1.592114419e-1f;
    p = p * s - 2.868780494e-1f;
    p = p * s + 1.053145409f;
    p = p * s - 1.196826100f;
    return p * s + 0.5f;
}

/* Relative error below 2e-7.  Small x: x + x³ P(x²); otherwise 1 - 2e / (1 + e) with
 * e = e^-2|x|. */
KERNEL_INLINE float approx_tanh(float x) {
    float t = fabsf(x);
    float z = t * t;
    float p = -5.704978481e-3f;
    p = p * z + 2.063907869e-2f;
    p = p * z - 5.373971164e-2f;
    p = p * z + 1.333144158e-1f;
    p = p * z - 3.333328068e-1f;
    float small = p * z * t + t;
    float e = approx_exp(-2.0f * t);
    float large = 1.0f - 2.0f * e / (1.0f + e);
    return copysignf(t < 0.625f ? small : large, x);
}

/* 1 / (1 + e^-x).  Relative error below 3e-7; 0 below -64. */
KERNEL_INLINE float approx_sigmoid(float x) {
    float e = approx_exp(-fabsf(x));
    return (x < 0 ? e : 1.0f) / (1.0f + e);
}

#endif
