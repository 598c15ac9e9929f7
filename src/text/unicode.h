/* SPDX-License-Identifier: Apache-2.0 */
/* What the tokenizer must know of a character, in two table look-ups.  The tables are
 * made by unicode_tables.py, which says which version of Unicode each property has and
 * why. */
#ifndef MPIBERT_TEXT_UNICODE_H
#define MPIBERT_TEXT_UNICODE_H

#include <stdint.h>

enum unicode_flag {
    UNICODE_DROP = 1,  /* not text: controls, formats, private use, U+0000, U+FFFD */
    UNICODE_SPACE = 2, /* White_Space (some of it is UNICODE_DROP as well) */
    UNICODE_CJK = 4,   /* an ideograph: a word of its own */
    UNICODE_PUNCTUATION = 8, /* ASCII punctuation and categories P* */
    UNICODE_MARK = 16,       /* category Mn: what "strip accents" removes */
    UNICODE_LETTER = 32,     /* categories L*, Unicode 14.0, as all below */
    UNICODE_UPPER = 64,      /* Lu and Lt */
    UNICODE_SMALL = 128,     /* Ll */
    UNICODE_DIGIT = 256,     /* Nd */
};

struct unicode_record {
    int32_t lower;              /* the lower case is the scalar plus this */
    uint16_t decomposition;     /* its first scalar in unicode_decompositions */
    uint8_t decomposition_size; /* 0: does not decompose (or is Hangul) */
    uint8_t combining;          /* canonical combining class */
    uint16_t flags;             /* enum unicode_flag */
};

enum { UNICODE_BLOCK = 128 };

extern const uint16_t unicode_ascii[128]; /* the flags of ASCII, for a quick look */
extern const uint8_t unicode_stage1[];
extern const uint16_t unicode_stage2[];
extern const struct unicode_record unicode_records[];
extern const uint32_t unicode_decompositions[];

/* The properties of a scalar value (below 0x110000). */
static inline const struct unicode_record *unicode_of(uint32_t scalar) {
    uint32_t block = unicode_stage1[scalar / UNICODE_BLOCK];
    uint32_t place = block * UNICODE_BLOCK + scalar % UNICODE_BLOCK;
    return &unicode_records[unicode_stage2[place]];
}

#endif
