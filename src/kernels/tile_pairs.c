/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of pairs of bf16 by VDPBF16PS, and in plain C: see tile_pairs.h.  The tile is
 * that of tile_body.h, with words for numbers and another step. */
#include "src/kernels/tile_pairs.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "src/base/dispatch.h"

/* The halves of a word as numbers: of A, and of a vector of words of B. */
KERNEL_INLINE float pairs_number(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
KERNEL_INLINE uint32_t pairs_bits(float word) {
    uint32_t bits;
    memcpy(&bits, &word, sizeof bits);
    return bits;
}
#define PAIRS_LATER(a) pairs_number(pairs_bits(a) & 0xffff0000u)
#define PAIRS_EARLIER(a) pairs_number(pairs_bits(a) << 16)
#define PAIRS_STEP(sum, b, a)                                                          \
    ((sum) + (TILE(vector))((TILE(bits))(b)&0xffff0000u) * PAIRS_LATER(a) +            \
     (TILE(vector))((TILE(bits))(b) << 16) * PAIRS_EARLIER(a))

#if defined(__x86_64__)
#define TILE(name) tile_dot_##name
#define TILE_NAME "AVX512_BF16 tiles of 12 x 32"
#define TILE_TARGET                                                                    \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,"               \
                          "avx512bf16" DISPATCH_WIDTH(512))))
#define TILE_LANES 16
#define TILE_ROWS 12
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TILE_STEP(sum, b, a)                                                           \
    (TILE(vector))                                                                     \
        _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(b), (__m512bh)_mm512_set1_ps(a))
#define TILE_PACKED .unit = 1
#define TILE_AHEAD 24
#include "src/kernels/tile_body.h"

#define TILE(name) tile_pairs_avx2_##name
#define TILE_NAME "plain bf16 tiles of 6 x 16"
#define TILE_TARGET DISPATCH_AVX2
#define TILE_LANES 8
#define TILE_ROWS 6
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TILE_STEP PAIRS_STEP
#define TILE_PACKED .unit = 1
typedef uint32_t tile_pairs_avx2_bits __attribute__((vector_size(32)));
#include "src/kernels/tile_body.h"

const struct tile_set *tile_pairs_dot(void) {
    return dispatch_isa() == ISA_AVX512 && __builtin_cpu_supports("avx512bf16")
               ? &tile_dot_set
               : NULL;
}
#else
#define TILE_AHEAD 24
const struct tile_set *tile_pairs_dot(void) { return NULL; }
#endif

#define TILE(name) tile_pairs_plain_##name
#define TILE_NAME "plain bf16 tiles of 4 x 8"
#define TILE_TARGET
#define TILE_LANES 4
#define TILE_ROWS 4
#define TILE_EACH_ROWS(X) X(1) X(2) X(3) X(4)
#define TILE_STEP PAIRS_STEP
#define TILE_PACKED .unit = 1
typedef uint32_t tile_pairs_plain_bits __attribute__((vector_size(16)));
#include "src/kernels/tile_body.h"

const struct tile_set *tile_pairs_plain(void) {
#if defined(__x86_64__)
    if (dispatch_isa() >= ISA_AVX2)
        return &tile_pairs_avx2_set;
#endif
    return &tile_pairs_plain_set;
}
