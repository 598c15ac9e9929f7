/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a full stop ends a sentence, by what the Punkt system learnt of a language
 * (Kiss and Strunk, "Unsupervised multilingual sentence boundary detection",
 * Computational Linguistics 32, 2006), from the tables that NLTK distributes as
 * punkt_tab. */
#ifndef MPIBERT_TEXT_PUNKT_H
#define MPIBERT_TEXT_PUNKT_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/map.h"
#include "src/base/str.h"

/* Zero it to begin. */
struct punkt {
    struct map types;        /* folded type: flags */
    struct map collocations; /* "type\ttype" */
};

/* Reads abbrev_types.txt, collocations.tab, sent_starters.txt and ortho_context.tab of
 * a folder, and appends their bytes to *text, for a hash (NULL: not).  66, 74; 65 for
 * lines that are none of theirs. */
int punkt_load(struct punkt *punkt, const char *folder, struct str *text,
               struct err *err);
/* Whether the sentence goes on after the stop of a token: `token` is what stands
 * before the stop, back to white space or quotes and brackets; `next` what follows,
 * after white space. */
bool punkt_goes_on(const struct punkt *punkt, struct slice token, struct slice next);
void punkt_fini(struct punkt *punkt);

#endif
