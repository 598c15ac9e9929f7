/* SPDX-License-Identifier: Apache-2.0 */
/* Classes as bit masks, and bit masks as places.  A set of ASCII characters is a table
 * of 16 bytes: the lower half of a character chooses the byte, the upper half the bit
 * in it. So a look-up is two shuffles of 16 bytes and an AND, for as many characters at
 * once as a register holds; a shuffle gives 0 for what is not ASCII. */
#include "src/text/bytes64.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "src/text/unicode.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static void set_add(uint8_t set[16], uint32_t c) {
    set[c % 16] |= (uint8_t)(1u << c / 16);
}

void bytes64_init(struct bytes64_classes *classes,
                  const struct normalizer *normalizer) {
    *classes = (struct bytes64_classes){0};
    classes->lower = normalizer->options.lowercase ? 'a' - 'A' : 0;
    for (uint32_t c = 0; c < 128; c++) {
        uint8_t image = normalizer->ascii[c];
        uint8_t flags = image < 128 ? unicode_ascii[image] : 0; /* dropped: it joins */
        if (flags & UNICODE_SPACE)
            set_add(classes->space, c);
        else if (flags & UNICODE_PUNCTUATION)
            set_add(classes->punctuation, c);
    }
}

/* ---- plain ---- */

static void classify_baseline(const struct bytes64_classes *classes, const char *text,
                              size_t count, char *folded, struct bytes64 *blocks) {
    memset(blocks, 0, count * sizeof *blocks);
    for (size_t i = 0; i < count * BYTES64_SIZE; i++) {
        struct bytes64 *block = &blocks[i / BYTES64_SIZE];
        unsigned c = (unsigned char)text[i], bit = c / 16 & 7, at = i % BYTES64_SIZE;
        uint64_t ascii = c < 128;
        block->space |= (classes->space[c % 16] >> bit & ascii) << at;
        block->punctuation |= (classes->punctuation[c % 16] >> bit & ascii) << at;
        block->wide |= (1 - ascii) << at;
        folded[i] = (char)(c - 'A' < 26 ? c + classes->lower : c);
    }
}

static size_t places_baseline(const uint64_t *masks, size_t count, uint32_t *places) {
    uint32_t *place = places;
    for (size_t i = 0; i < count; i++)
        for (uint64_t mask = masks[i]; mask != 0; mask &= mask - 1)
            *place++ = (uint32_t)(i * BYTES64_SIZE) + (uint32_t)__builtin_ctzll(mask);
    return (size_t)(place - places);
}

#if defined(__x86_64__)
/* ---- 32 bytes at once ---- */

static inline DISPATCH_AVX2 uint64_t members_avx2(const uint8_t set[16], __m256i c,
                                                  __m256i bit) {
    __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)set));
    __m256i row = _mm256_and_si256(_mm256_shuffle_epi8(table, c), bit);
    __m256i outside = _mm256_cmpeq_epi8(row, _mm256_setzero_si256());
    return (uint32_t)~_mm256_movemask_epi8(outside);
}

static DISPATCH_AVX2 void classify_avx2(const struct bytes64_classes *classes,
                                        const char *text, size_t count, char *folded,
                                        struct bytes64 *blocks) {
    const __m256i bits = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    const __m256i lower = _mm256_set1_epi8((char)classes->lower);
    memset(blocks, 0, count * sizeof *blocks);
    for (size_t i = 0; i < count * BYTES64_SIZE; i += 32) {
        struct bytes64 *block = &blocks[i / BYTES64_SIZE];
        __m256i c = _mm256_loadu_si256((const __m256i *)(text + i));
        __m256i upper = _mm256_and_si256(_mm256_srli_epi16(c, 4), _mm256_set1_epi8(7));
        __m256i bit = _mm256_shuffle_epi8(bits, upper);
        block->space |= members_avx2(classes->space, c, bit) << (i & 32);
        block->punctuation |= members_avx2(classes->punctuation, c, bit) << (i & 32);
        block->wide |= (uint64_t)(uint32_t)_mm256_movemask_epi8(c) << (i & 32);
        __m256i capital =
            _mm256_and_si256(_mm256_cmpgt_epi8(c, _mm256_set1_epi8('A' - 1)),
                             _mm256_cmpgt_epi8(_mm256_set1_epi8('Z' + 1), c));
        c = _mm256_add_epi8(c, _mm256_and_si256(capital, lower));
        _mm256_storeu_si256((__m256i *)(folded + i), c);
    }
}

/* ---- 64 bytes at once ---- */

static inline DISPATCH_AVX512 uint64_t members_avx512(const uint8_t set[16], __m512i c,
                                                      __m512i bit) {
    __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)set));
    return _mm512_test_epi8_mask(_mm512_shuffle_epi8(table, c), bit);
}

static DISPATCH_AVX512 void classify_avx512(const struct bytes64_classes *classes,
                                            const char *text, size_t count,
                                            char *folded, struct bytes64 *blocks) {
    const __m512i bits = _mm512_set1_epi64((int64_t)0x8040201008040201);
    const __m512i lower = _mm512_set1_epi8((char)classes->lower);
    for (size_t i = 0; i < count; i++) {
        __m512i c = _mm512_loadu_si512(text + i * BYTES64_SIZE);
        __m512i upper = _mm512_and_si512(_mm512_srli_epi16(c, 4), _mm512_set1_epi8(7));
        __m512i bit = _mm512_shuffle_epi8(bits, upper);
        blocks[i].space = members_avx512(classes->space, c, bit);
        blocks[i].punctuation = members_avx512(classes->punctuation, c, bit);
        blocks[i].wide = _mm512_movepi8_mask(c);
        __mmask64 capital = _mm512_cmplt_epu8_mask(
            _mm512_sub_epi8(c, _mm512_set1_epi8('A')), _mm512_set1_epi8(26));
        c = _mm512_mask_add_epi8(c, capital, c, lower);
        _mm512_storeu_si512(folded + i * BYTES64_SIZE, c);
    }
}

/* 16 places at once are packed to the front by their bits: no branch to guess. */
static DISPATCH_AVX512 size_t positions_avx512(const uint64_t *masks, size_t count,
                                               uint32_t *places) {
    uint32_t *place = places;
    __m512i at = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (size_t i = 0; i < count; i++)
        for (int part = 0; part < 64; part += 16) {
            __mmask16 bits = (__mmask16)(masks[i] >> part);
            _mm512_storeu_si512(place, _mm512_maskz_compress_epi32(bits, at));
            place += __builtin_popcount(bits);
            at = _mm512_add_epi32(at, _mm512_set1_epi32(16));
        }
    return (size_t)(place - places);
}
#endif

/* ---- the choice ---- */

static void classify(const struct bytes64_classes *classes, const char *text,
                     size_t count, char *folded, struct bytes64 *blocks) {
    switch (dispatch_isa()) {
#if defined(__x86_64__)
    case ISA_AVX512: classify_avx512(classes, text, count, folded, blocks); break;
    case ISA_AVX2: classify_avx2(classes, text, count, folded, blocks); break;
#endif
    default: classify_baseline(classes, text, count, folded, blocks); break;
    }
}

void bytes64_classify(const struct bytes64_classes *classes, struct slice text,
                      char *folded, struct bytes64 *blocks) {
    char rest[BYTES64_SIZE];
    size_t whole = text.size / BYTES64_SIZE, left = text.size % BYTES64_SIZE;
    size_t seam = whole * BYTES64_SIZE;
    if (whole > 0)
        classify(classes, text.data, whole, folded, blocks);
    memset(rest, ' ', sizeof rest);
    if (left > 0)
        memcpy(rest, text.data + seam, left);
    classify(classes, rest, 1, folded + seam, blocks + whole);
}

size_t bytes64_positions(const uint64_t *masks, size_t count, uint32_t *places) {
#if defined(__x86_64__)
    if (dispatch_isa() == ISA_AVX512)
        return positions_avx512(masks, count, places);
#endif
    return places_baseline(masks, count, places);
}
