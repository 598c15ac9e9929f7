/* SPDX-License-Identifier: Apache-2.0 */
/* Philox on vectors.  A vector's 64-bit lanes each hold a 32-bit word of one block,
 * because that is what the multiplier takes (PMULUDQ: low halves in, 64-bit products
 * out); what is in the upper halves never matters, so nothing is masked until the end.
 *
 * The blocks' order in the lanes is such that interleaving the pairs of words { w1 w0 }
 * and { w3 w2 } by 64 bits, which works within 128 bits, leaves the draws in order:
 *
 *     lane     0  1  2  3   …       first of each pair:  blocks 0, 1, 2 …
 *     block    0  h  1  h+1 …       second:              blocks h, h+1 …
 *
 * where h is half the number of lanes. */
#include "src/kernels/philox_bits.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/rng.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Draws of 8 blocks, the largest step of any instruction set, and their words */
enum { STEP = 64, WORDS = 32 };

/* A row with the keys of its ten rounds, each ready to be loaded into 64-bit lanes. */
struct philox_plan {
    const struct philox_row *row;
    uint64_t k0[10], k1[10];
};

static void philox_plan_init(struct philox_plan *plan, const struct philox_row *row) {
    plan->row = row;
    for (uint32_t round = 0; round < 10; round++) {
        plan->k0[round] = row->key[0] + round * 0x9E3779B9u;
        plan->k1[round] = row->key[1] + round * 0xBB67AE85u;
    }
}

/* The words of blocks first … first+7. */
static void philox_fill(const struct philox_plan *plan, uint32_t first,
                        uint32_t words[WORDS]) {
    const struct philox_row *row = plan->row;
    for (uint32_t c = 0; c < STEP / 8; c++) {
        uint32_t counter[4];
        memcpy(counter, row->counter, sizeof counter);
        counter[0] += first + c;
        philox4x32(counter, row->key, words + 4 * c);
    }
}

/* The decisions of blocks first … first+7: bit j is draw j's. */
static uint64_t philox_step(const struct philox_plan *plan, uint32_t first,
                            uint32_t threshold) {
    uint32_t words[WORDS];
    uint64_t bits = 0;
    philox_fill(plan, first, words);
    for (uint32_t j = 0; j < STEP; j++) {
        uint32_t draw = words[j / 2] >> 16 * (j & 1) & 0xFFFF;
        bits |= (uint64_t)(draw >= threshold) << j;
    }
    return bits;
}

#if defined(__x86_64__)
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u

/* Words in order: blocks first …, and those after them. */
struct words512 {
    __m512i before, after;
};

struct words256 {
    __m256i before, after;
};

DISPATCH_AVX512 KERNEL_INLINE struct words512
philox_draw_avx512(const struct philox_plan *plan, uint32_t first) {
    const struct philox_row *row = plan->row;
    const __m512i m0 = _mm512_set1_epi64(PHILOX_M0), m1 = _mm512_set1_epi64(PHILOX_M1);
    __m512i x0 = _mm512_add_epi32(_mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0),
                                  _mm512_set1_epi64(row->counter[0] + first));
    __m512i x1 = _mm512_set1_epi64(row->counter[1]);
    __m512i x2 = _mm512_set1_epi64(row->counter[2]);
    __m512i x3 = _mm512_set1_epi64(row->counter[3]);
    for (int round = 0; round < 10; round++) {
        __m512i p0 = _mm512_mul_epu32(x0, m0), p1 = _mm512_mul_epu32(x2, m1);
        /* 0x96: the exclusive or of three */
        x0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p1, 32), x1,
                                       _mm512_set1_epi64((int64_t)plan->k0[round]),
                                       0x96);
        x2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p0, 32), x3,
                                       _mm512_set1_epi64((int64_t)plan->k1[round]),
                                       0x96);
        x1 = p1;
        x3 = p0;
    }
    /* { w1 w0 } and { w3 w2 }: even 32-bit lanes from x0, x2, odd ones moved up */
    __m512i low = _mm512_mask_blend_epi32(0xAAAA, x0, _mm512_slli_epi64(x1, 32));
    __m512i high = _mm512_mask_blend_epi32(0xAAAA, x2, _mm512_slli_epi64(x3, 32));
    return (struct words512){_mm512_unpacklo_epi64(low, high),
                             _mm512_unpackhi_epi64(low, high)};
}

DISPATCH_AVX512 static uint64_t philox_step_avx512(const struct philox_plan *plan,
                                                   uint32_t first, uint32_t threshold) {
    struct words512 words = philox_draw_avx512(plan, first);
    __m512i limit = _mm512_set1_epi16((short)threshold);
    uint64_t before = _mm512_cmpge_epu16_mask(words.before, limit);
    uint64_t after = _mm512_cmpge_epu16_mask(words.after, limit);
    return before | after << 32;
}

DISPATCH_AVX512 static void philox_fill_avx512(const struct philox_plan *plan,
                                               uint32_t first, uint32_t words[WORDS]) {
    struct words512 drawn = philox_draw_avx512(plan, first);
    _mm512_storeu_si512(words, drawn.before);
    _mm512_storeu_si512(words + WORDS / 2, drawn.after);
}

/* Of 4 blocks. */
DISPATCH_AVX2 KERNEL_INLINE struct words256
philox_draw_avx2(const struct philox_plan *plan, uint32_t first) {
    const struct philox_row *row = plan->row;
    const __m256i m0 = _mm256_set1_epi64x(PHILOX_M0),
                  m1 = _mm256_set1_epi64x(PHILOX_M1);
    __m256i x0 = _mm256_add_epi32(_mm256_set_epi64x(3, 1, 2, 0),
                                  _mm256_set1_epi64x(row->counter[0] + first));
    __m256i x1 = _mm256_set1_epi64x(row->counter[1]);
    __m256i x2 = _mm256_set1_epi64x(row->counter[2]);
    __m256i x3 = _mm256_set1_epi64x(row->counter[3]);
    for (int round = 0; round < 10; round++) {
        __m256i p0 = _mm256_mul_epu32(x0, m0), p1 = _mm256_mul_epu32(x2, m1);
        __m256i y0 = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), x1);
        __m256i y2 = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), x3);
        x0 = _mm256_xor_si256(y0, _mm256_set1_epi64x((int64_t)plan->k0[round]));
        x2 = _mm256_xor_si256(y2, _mm256_set1_epi64x((int64_t)plan->k1[round]));
        x1 = p1;
        x3 = p0;
    }
    __m256i low = _mm256_blend_epi32(x0, _mm256_slli_epi64(x1, 32), 0xAA);
    __m256i high = _mm256_blend_epi32(x2, _mm256_slli_epi64(x3, 32), 0xAA);
    return (struct words256){_mm256_unpacklo_epi64(low, high),  /* blocks 0, 1 */
                             _mm256_unpackhi_epi64(low, high)}; /* blocks 2, 3 */
}

/* Draws of 4 blocks in order: 32 decisions */
DISPATCH_AVX2 static uint32_t philox_half_avx2(const struct philox_plan *plan,
                                               uint32_t first, uint32_t threshold) {
    struct words256 words = philox_draw_avx2(plan, first);
    __m256i limit = _mm256_set1_epi16((short)threshold);
    /* draw >= limit is max(draw, limit) == draw; packing again works within 128 bits */
    __m256i before =
        _mm256_cmpeq_epi16(_mm256_max_epu16(words.before, limit), words.before);
    __m256i after =
        _mm256_cmpeq_epi16(_mm256_max_epu16(words.after, limit), words.after);
    __m256i packed = _mm256_packs_epi16(before, after);
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xD8));
}

DISPATCH_AVX2 static uint64_t philox_step_avx2(const struct philox_plan *plan,
                                               uint32_t first, uint32_t threshold) {
    uint64_t after = philox_half_avx2(plan, first + 4, threshold);
    return philox_half_avx2(plan, first, threshold) | after << 32;
}

DISPATCH_AVX2 static void philox_fill_avx2(const struct philox_plan *plan,
                                           uint32_t first, uint32_t words[WORDS]) {
    for (uint32_t c = 0; c < STEP / 8; c += 4) {
        struct words256 drawn = philox_draw_avx2(plan, first + c);
        _mm256_storeu_si256((__m256i *)(words + 4 * c), drawn.before);
        _mm256_storeu_si256((__m256i *)(words + 4 * c + 8), drawn.after);
    }
}
#endif

typedef uint64_t philox_step_fn(const struct philox_plan *plan, uint32_t first,
                                uint32_t threshold);
typedef void philox_fill_fn(const struct philox_plan *plan, uint32_t first,
                            uint32_t words[WORDS]);

struct philox_way {
    philox_step_fn *step;
    philox_fill_fn *fill;
};

static struct philox_way philox_choose(void) {
    switch (dispatch_isa()) {
#if defined(__x86_64__)
    case ISA_AVX512: return (struct philox_way){philox_step_avx512, philox_fill_avx512};
    case ISA_AVX2: return (struct philox_way){philox_step_avx2, philox_fill_avx2};
#endif
    default: return (struct philox_way){philox_step, philox_fill};
    }
}

void philox_bits(const struct philox_row *row, uint32_t threshold, int64_t n,
                 uint8_t *bits) {
    philox_step_fn *step = philox_choose().step;
    struct philox_plan plan;
    philox_plan_init(&plan, row);
    for (int64_t first = 0; first < n; first += STEP, bits += STEP / 8) {
        uint64_t drawn = step(&plan, (uint32_t)(first / 8), threshold);
        int64_t left = n - first;
        if (left < STEP)
            drawn &= ((uint64_t)1 << left) - 1;
        for (int64_t j = 0; j < STEP / 8 && 8 * j < left; j++)
            bits[j] = (uint8_t)(drawn >> (8 * j));
    }
}

void philox_words(const struct philox_row *row, uint32_t first, int64_t n,
                  uint32_t *words) {
    philox_fill_fn *fill = philox_choose().fill;
    struct philox_plan plan;
    uint32_t last[WORDS];
    philox_plan_init(&plan, row);
    for (; n >= WORDS; n -= WORDS, words += WORDS, first += WORDS / 4)
        fill(&plan, first, words);
    if (n > 0) {
        fill(&plan, first, last);
        memcpy(words, last, (size_t)n * sizeof *words);
    }
}
