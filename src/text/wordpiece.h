/* SPDX-License-Identifier: Apache-2.0 */
/* A word into the pieces of a vocabulary, greedily: the longest piece that fits. */
#ifndef MPIBERT_TEXT_WORDPIECE_H
#define MPIBERT_TEXT_WORDPIECE_H

#include "src/core/vocab.h"
#include "src/text/ids.h"

enum {
    WORDPIECE_MAX_CHARACTERS = 100, /* a longer word is [UNK] */
    WORDPIECE_PADDING = 16,         /* bytes that may be read after a word */
};

struct wordpiece; /* opaque */

/* Copies what it needs of the vocabulary. */
struct wordpiece *wordpiece_create(const struct vocab *vocab);
/* Appends the ids of a word as pre-tokenised (not empty): its pieces, or [UNK] alone.
 * WORDPIECE_PADDING bytes after it must be readable, whatever they are. */
void wordpiece_encode(const struct wordpiece *wordpiece, struct slice word,
                      struct ids *ids);
void wordpiece_destroy(struct wordpiece *wordpiece);

#endif
