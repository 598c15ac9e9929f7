/* SPDX-License-Identifier: Apache-2.0 */
/* Entities out of tags, by the rules of seqeval: the lenient ones of CoNLL's script,
 * under which every run of tags of a type is an entity however it begins, and strict
 * ones, under which what a scheme does not allow is none. */
#ifndef MPIBERT_JUDGE_ENTITIES_H
#define MPIBERT_JUDGE_ENTITIES_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

enum entities_scheme {
    ENTITIES_LENIENT, /* seqeval's default */
    ENTITIES_IOB1,
    ENTITIES_IOB2,
    ENTITIES_IOBES,
    ENTITIES_SCHEMES
};

/* "B-PER": a letter, and a number that equal types share. */
struct tag {
    char letter;
    int type;
};

/* tags[count] of labels; 65 for a label that the scheme has not. */
int entities_tags(const struct str *labels, int count, enum entities_scheme scheme,
                  struct tag *tags, struct err *err);

struct entity {
    int type;
    int64_t first, last; /* words */
};

/* The entities of a sentence, in order, into entities[words]; returns how many.
 * labels[i] is the number of word i's tag, or -1: outside. */
int64_t entities_find(const struct tag *tags, enum entities_scheme scheme,
                      const float *labels, int64_t words, struct entity *entities);
/* How many of two lists are in both. */
int64_t entities_common(const struct entity *a, int64_t a_count, const struct entity *b,
                        int64_t b_count);

#endif
