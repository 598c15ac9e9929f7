/* SPDX-License-Identifier: Apache-2.0 */
/* The tile for AVX-512 (12 × 32) and for AVX2 (6 × 16).  What is written once for both
 * is in tile_body.h and tile_panels.h; here is what differs: how a square of registers
 * is transposed. */
#include "src/kernels/tile.h"

#include <stddef.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "src/base/dispatch.h"

#if defined(__x86_64__)
#define TILE_FLAT static inline __attribute__((always_inline))

/* How many k ahead of their use columns of A are asked for */
enum { TILE_AHEAD = 24 };

/* ---- AVX-512 ---- */

/* Pairs, then pairs of pairs, then quarters of 128 bits are exchanged. */
DISPATCH_AVX512 TILE_FLAT void tile_avx512_turn(const float *from, int64_t ld,
                                                float *to, int64_t to_ld) {
    __m512 r[16], t[16];
    for (int i = 0; i < 16; i++)
        r[i] = _mm512_loadu_ps(from + i * ld);
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

#define TILE(name) tile_avx512_##name
#define TILE_NAME "AVX-512 tiles of 12 x 32"
#define TILE_TARGET DISPATCH_AVX512
#define TILE_LANES 16
#define TILE_ROWS 12
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TILE_STEP(sum, b, a) ((sum) + (b) * (a))
#define TILE_PACKED .pack = TILE(pack)
#include "src/kernels/tile_panels.h"
#include "src/kernels/tile_body.h"

/* ---- AVX2 ---- */

DISPATCH_AVX2 TILE_FLAT void tile_avx2_turn(const float *from, int64_t ld, float *to,
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

#define TILE(name) tile_avx2_##name
#define TILE_NAME "AVX2 tiles of 6 x 16"
#define TILE_TARGET DISPATCH_AVX2
#define TILE_LANES 8
#define TILE_ROWS 6
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TILE_STEP(sum, b, a) ((sum) + (b) * (a))
#define TILE_PACKED .pack = TILE(pack)
#include "src/kernels/tile_panels.h"
#include "src/kernels/tile_body.h"
#endif

const struct tile_set *tile_choose(void) {
    switch (dispatch_isa()) {
#if defined(__x86_64__)
    case ISA_AVX512: return &tile_avx512_set;
    case ISA_AVX2: return &tile_avx2_set;
#endif
    default: return NULL;
    }
}
