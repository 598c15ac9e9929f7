/* SPDX-License-Identifier: Apache-2.0 */
/* Text in blocks of 64 bytes, for which a bit a byte fits a register. */
#ifndef MPIBERT_TEXT_BYTES64_H
#define MPIBERT_TEXT_BYTES64_H

#include <stddef.h>
#include <stdint.h>

#include "src/text/normalize.h"

enum { BYTES64_SIZE = 64, BYTES64_SLACK = 16 };

/* A bit a byte, the first byte's lowest.  A byte in none of them is a letter. */
struct bytes64 {
    uint64_t space;
    uint64_t punctuation; /* ASCII: a word of one byte */
    uint64_t wide;        /* not ASCII */
};

/* What a normaliser and the pre-tokeniser make of each ASCII character. */
struct bytes64_classes {
    uint8_t space[16], punctuation[16]; /* sets: bit c / 16 of entry c % 16 */
    uint8_t lower;                      /* what is added to A … Z */
};

void bytes64_init(struct bytes64_classes *classes, const struct normalizer *normalizer);
/* A text fills text.size / BYTES64_SIZE + 1 blocks, the last one's rest with spaces.
 * Fills blocks[] and copies the text, lower-cased, to folded: whole blocks. */
void bytes64_classify(const struct bytes64_classes *classes, struct slice text,
                      char *folded, struct bytes64 *blocks);
/* The places of the bits set in `count` masks, in order; returns how many.  Up to
 * BYTES64_SLACK places more may be written. */
size_t bytes64_positions(const uint64_t *masks, size_t count, uint32_t *places);

#endif
