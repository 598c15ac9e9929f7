/* SPDX-License-Identifier: Apache-2.0 */
/* The characters of counted words: how often each occurs, and which are to be tokens.
 */
#ifndef MPIBERT_TEXT_ALPHABET_H
#define MPIBERT_TEXT_ALPHABET_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/text/wordpiece.h"

enum { ALPHABET_SCALARS = 0x110000, ALPHABET_COUNTS = 2 * ALPHABET_SCALARS };
enum { ALPHABET_WORD_MAX = WORDPIECE_MAX_CHARACTERS }; /* longer words are [UNK] */

struct alphabet {
    uint64_t *counts; /* (ALPHABET_COUNTS) of each character in all words; after them
                         the same anywhere but first; sums over ranks may be taken */
    bool *kept;       /* (ALPHABET_SCALARS) */
    int32_t size;     /* how many are kept */
};

void alphabet_init(struct alphabet *alphabet);
/* A word, well-formed UTF-8, occurs `count` times.  One of too many characters counts
 * for nothing. */
void alphabet_add(struct alphabet *alphabet, struct slice word, uint64_t count);
/* Keeps the `letters` characters that occur most, of equals those of lower code point,
 * and more of them until they are the share `coverage` of all that occur; fewer where
 * they fill `lines` lines of a vocabulary: two of what occurs inside words, one of all
 * else. */
void alphabet_choose(struct alphabet *alphabet, size_t letters, double coverage,
                     size_t lines);
/* The most frequent that are not kept, `most` at most; returns how many. */
int alphabet_lost(const struct alphabet *alphabet, uint32_t *scalars, int most);
/* Whether a character occurs anywhere but first in a word. */
bool alphabet_inside(const struct alphabet *alphabet, uint32_t scalar);
/* How many characters occur at all; of all occurrences the share that is kept (1 of
 * none). */
int32_t alphabet_different(const struct alphabet *alphabet);
double alphabet_coverage(const struct alphabet *alphabet);
void alphabet_fini(struct alphabet *alphabet);

/* The characters of a word, or 0 if they are too many. */
int alphabet_decode(struct slice word, uint32_t scalars[ALPHABET_WORD_MAX]);

#endif
