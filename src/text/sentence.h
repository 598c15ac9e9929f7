/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences by rule: enders, closers, abbreviations; the end of a line always ends one. */
#ifndef MPIBERT_TEXT_SENTENCE_H
#define MPIBERT_TEXT_SENTENCE_H

#include <stdbool.h>

#include "src/base/str.h"

/* Takes the next sentence (not empty, outer white space trimmed) off *rest; false at the
 * end.  Never longer than 4096 bytes: longer ones are cut at a space. */
bool sentence_next(struct slice *rest, struct slice *sentence);

#endif
