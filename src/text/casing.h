/* SPDX-License-Identifier: Apache-2.0 */
/* What the tokens of a vocabulary tell of the text that it was made from: whether that
 * was lower-cased, had its accents dropped, and had each ideograph as a word. */
#ifndef MPIBERT_TEXT_CASING_H
#define MPIBERT_TEXT_CASING_H

#include "src/base/str.h"
#include "src/core/vocab.h"

enum { CASING_UNKNOWN = -1 }; /* besides 0 and 1 */

/* What speaks for one thing: how many tokens, and one of them (borrowed). */
struct casing_sign {
    int32_t count;
    struct slice example;
};

struct casing {
    /* 0, 1, or CASING_UNKNOWN: that text was made so before the vocabulary was learnt
     */
    int lowercase, strip_accents, chinese_chars;
    struct casing_sign capitals,
        small;                     /* tokens of several characters with such letters */
    struct casing_sign accents;    /* that lose something when accents are dropped */
    struct casing_sign ideographs; /* beside another character */
    struct casing_sign alone;      /* one ideograph */
};

/* Single characters tell nothing: any alphabet may have them. */
void casing_judge(const struct vocab *vocab, struct casing *casing);

#endif
