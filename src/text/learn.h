/* SPDX-License-Identifier: Apache-2.0 */
/* A WordPiece vocabulary from word counts: pairs of symbols merged, the best first, in
 * a total order (score down, then left bytes, then right bytes up, as the vocabulary
 * spells them, "##" included), so that the result is a function of the counts alone,
 * whatever the order in which they come. */
#ifndef MPIBERT_TEXT_LEARN_H
#define MPIBERT_TEXT_LEARN_H

#include <stdint.h>

#include "src/base/str.h"
#include "src/text/alphabet.h"

struct learn_options {
    int32_t size;       /* tokens at most, special and unused ones too */
    uint64_t min_count; /* pairs rarer than this are not merged (2) */
    int32_t letters;    /* characters to keep (1000), the most frequent, */
    double coverage;    /* and more of them until they are this share of the text */
    int32_t unused;     /* [unused0] … reserved after [PAD], as Google's have */
    int32_t multiple; /* lines are a multiple of it: [unused…] at the end; 0: as is */
    bool likelihood;  /* a pair's score: its count over those of its two symbols */
};

struct learner; /* opaque */

/* How many lines of `size` are special or reserved. */
int32_t learn_reserved(const struct learn_options *options);
/* Chooses the alphabet, as large as the options say and the lines that are not reserved
 * allow; its counts are of all words that are to come.  Borrows it until
 * learner_destroy. */
struct learner *learner_create(const struct learn_options *options,
                               struct alphabet *alphabet);
/* A word and how often it occurs; each word once.  Words of over 100 characters, which
 * the tokenizer makes [UNK], are left out; a character outside the alphabet cuts its
 * word. */
void learner_add(struct learner *learner, struct slice word, uint64_t count);
/* Learns, and appends the vocabulary file to *out: [PAD] [unused…] [UNK] [CLS] [SEP]
 * [MASK], alphabet, "##" alphabet (what occurs inside words), merges in order, what
 * rounds it up.  Fewer than `size` lines if no pair is left that occurs min_count
 * times. */
void learner_run(struct learner *learner, struct str *out);
void learner_destroy(struct learner *learner);

#endif
