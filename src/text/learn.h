/* SPDX-License-Identifier: Apache-2.0 */
/* A WordPiece vocabulary from word counts: pairs of symbols merged by count, in a total
 * order (count down, then left bytes, then right bytes up, as the vocabulary spells them,
 * "##" included), so that the result is a function of the counts alone. */
#ifndef MPIBERT_TEXT_LEARN_H
#define MPIBERT_TEXT_LEARN_H

#include <stdint.h>

#include "src/base/map.h"
#include "src/base/str.h"
#include "src/text/tokenizer.h"

struct learn_options {
    int32_t size;         /* tokens at most, special ones too; 5 at least */
    uint64_t min_count;   /* pairs rarer than this are not merged (2) */
    int32_t max_alphabet; /* characters at most (1000), the most frequent */
};

/* Adds the words of a text (normalised, pre-tokenised: punctuation alone) to counts. */
void learn_count(const struct normalizer_options *options, struct slice text,
                 struct map *counts);
/* Appends the vocabulary file to *out: [PAD] [UNK] [CLS] [SEP] [MASK], alphabet, "##"
 * alphabet (what occurs inside words), merges in order.  The alphabet is as large as
 * max_alphabet and half of the size allow.  Words of over 100 characters, which the
 * tokenizer makes [UNK], are left out; a character outside the alphabet cuts its word.
 * Fewer than `size` lines if no pair is left that occurs min_count times. */
void learn_vocabulary(const struct map *counts, const struct learn_options *options,
                      struct str *out);

#endif
