/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a text says what it has said before: Gopher's repetition, by hash. */
#ifndef MPIBERT_FILTER_REPEATS_H
#define MPIBERT_FILTER_REPEATS_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/str.h"

enum { GRAM_LEAST = 2, GRAM_TOP = 4, GRAM_MOST = 10 };

/* Scratch, reused from text to text.  Zero it to begin. */
struct repeats {
    struct seen *table;
    size_t room, capacity;
    uint64_t *hashes; /* (words) of the n words from each */
    uint32_t *places; /* (words) where an n-gram begins that is not alone */
    size_t word_room;
};

/* Lines or paragraphs (lines up to a blank one) that were there before. */
struct repeat_share {
    double count, bytes; /* share of them, and of the text they make up */
};

/* Of lines with more than white space in them. */
struct repeat_share repeats_lines(struct repeats *r, struct slice text);
struct repeat_share repeats_paragraphs(struct repeats *r, struct slice text);
/* shares[n], n words in a row: up to GRAM_TOP the share of text_bytes that the
 * commonest n-gram makes up, if it is there twice; from there on that of n-grams which
 * were there before, none counted twice. */
void repeats_grams(struct repeats *r, const struct slice *words, size_t count,
                   size_t text_bytes, double shares[GRAM_MOST + 1]);
void repeats_fini(struct repeats *r);

#endif
