/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences by rule: enders, closers, abbreviations; the end of a line always ends
 * one. */
#ifndef MPIBERT_TEXT_SENTENCE_H
#define MPIBERT_TEXT_SENTENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

/* What may end a sentence, in any script; WIDE ones need no space after them. */
enum ender { ENDER_NONE, ENDER_DOT, ENDER_ELLIPSIS, ENDER_MARK, ENDER_WIDE };

enum ender sentence_ender(uint32_t scalar);

struct sentence_rules; /* opaque */

/* Rules with the abbreviations of some languages ("en", "cs,en": see
 * abbreviations.def), or with the tables of a folder of NLTK's punkt_tab (NULL: none).
 * NULL and 78 for a language without list, 65, 66, 74 as punkt_load. */
struct sentence_rules *sentence_rules_create(const char *languages, const char *punkt,
                                             struct err *err);
/* Takes the next sentence (not empty, outer white space trimmed) off *rest; false at
 * the end.  Never longer than 4096 bytes: longer ones are cut at a space. */
bool sentence_next(const struct sentence_rules *rules, struct slice *rest,
                   struct slice *sentence);
/* Accepts NULL. */
void sentence_rules_destroy(struct sentence_rules *rules);

#endif
