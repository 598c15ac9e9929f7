/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a full stop ends a sentence, by lists of abbreviations: the lists of some
 * languages together. */
#ifndef MPIBERT_TEXT_FULLSTOP_H
#define MPIBERT_TEXT_FULLSTOP_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct fullstop {
    struct map words; /* folded word: flags */
    bool ordinals;    /* "3." may be third */
};

/* Takes up the lists of languages, "en" or "de,tr"; 78 for one there is no list of. */
int fullstop_init(struct fullstop *fullstop, const char *languages, struct err *err);
/* Whether the stop after `word` (letters, digits and inner full stops; may be empty)
 * goes on: what follows after white space begins with `next`.  `first`: the word begins
 * what would be a sentence. */
bool fullstop_goes_on(const struct fullstop *fullstop, struct slice word, bool first,
                      struct slice next);
void fullstop_fini(struct fullstop *fullstop);

#endif
