/* SPDX-License-Identifier: Apache-2.0 */
/* A vocabulary out of words that are counted over ranks, and how well one fits such
 * words. */
#ifndef MPIBERT_VOCAB_LEARNING_H
#define MPIBERT_VOCAB_LEARNING_H

#include "mpi/comm.h"
#include "src/core/vocab.h"
#include "src/vocab/wordstore.h"
#include "src/text/learn.h"

enum { LEARNING_LOST = 8 };

struct learning {
    struct str text; /* the vocabulary file; on all ranks, the rest on rank 0 */
    uint64_t words;  /* different ones that it was learnt from */
    int32_t characters, kept;     /* different characters; those of the alphabet */
    double character_coverage;    /* share of all characters that the alphabet has */
    uint32_t lost[LEARNING_LOST]; /* the most frequent ones that it has not */
    int lost_count;
    double gathering, merging; /* seconds */
};

/* Collective.  Words rarer than min_word_count are not learnt from (the alphabet is of
 * all).  What is left meets on rank 0, `piece` bytes at a time, and has to fit there:
 * some 60 bytes a word and 20 a character of it. */
int learning_run(struct comm *comm, struct wordstore *words,
                 const struct learn_options *options, uint64_t min_word_count,
                 size_t piece, struct learning *learning, struct err *err);
void learning_fini(struct learning *learning);

/* What a vocabulary makes of words: sums over all of them. */
struct fit {
    uint64_t words, bytes;  /* occurrences, and their bytes (normalised) */
    uint64_t tokens;        /* an unknown word is one: [UNK] */
    uint64_t unknown_words; /* that are [UNK] */
    uint64_t whole_words;   /* that are one token, and known */
};

/* Collective.  Over the words of all ranks' stores. */
int learning_fit(struct comm *comm, struct wordstore *words, const struct vocab *vocab,
                 struct fit *fit, struct err *err);

#endif
