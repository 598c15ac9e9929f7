/* SPDX-License-Identifier: Apache-2.0 */
/* A square of 32-bit words, as many as a vector has, turned over in registers: `to` is
 * `from` with rows for columns; `ld` are words between rows. */
#ifndef MPIBERT_KERNELS_TURN_H
#define MPIBERT_KERNELS_TURN_H

#include <stdint.h>

#include "src/base/dispatch.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* From registers.  Pairs, then pairs of pairs, then quarters of 128 bits are exchanged.
 */
DISPATCH_AVX512 KERNEL_INLINE void turn_registers(__m512 r[16], float *to,
                                                  int64_t to_ld) {
    __m512 t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int h = 0; h < 2; h++) {
            __m512d low = _mm512_castps_pd(t[i + h]),
                    high = _mm512_castps_pd(t[i + h + 2]);
            r[i + 2 * h] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            r[i + 2 * h + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    for (int i = 0; i < 4; i++)
        for (int h = 0; h < 16; h += 8) {
            t[i + h] = _mm512_shuffle_f32x4(r[i + h], r[i + h + 4], 0x88);
            t[i + h + 4] = _mm512_shuffle_f32x4(r[i + h], r[i + h + 4], 0xDD);
        }
    for (int i = 0; i < 8; i++) {
        _mm512_storeu_ps(to + i * to_ld, _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88));
        _mm512_storeu_ps(to + (i + 8) * to_ld,
                         _mm512_shuffle_f32x4(t[i], t[i + 8], 0xDD));
    }
}

DISPATCH_AVX512 KERNEL_INLINE void turn_avx512(const float *from, int64_t ld, float *to,
                                               int64_t to_ld) {
    __m512 r[16];
    for (int i = 0; i < 16; i++)
        r[i] = _mm512_loadu_ps(from + i * ld);
    turn_registers(r, to, to_ld);
}

DISPATCH_AVX2 KERNEL_INLINE void turn_avx2(const float *from, int64_t ld, float *to,
                                           int64_t to_ld) {
    __m256 r[8], t[8];
    for (int i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(from + i * ld);
    for (int i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int h = 0; h < 2; h++) {
            __m256d low = _mm256_castps_pd(t[i + h]),
                    high = _mm256_castps_pd(t[i + h + 2]);
            r[i + 2 * h] = _mm256_castpd_ps(_mm256_unpacklo_pd(low, high));
            r[i + 2 * h + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low, high));
        }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(to + i * to_ld, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * to_ld,
                         _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

#endif
#endif
