/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids, and of each id the bytes of the text that it stands for, whatever
 * normalisation made of them: so an answer in tokens is an answer in the text itself.
 *
 * A token stands for whole characters with the marks on them: where accents are
 * stripped, "é" is as long as it was, be it one character or two.  Characters that are
 * no text (U+200B) belong to a token only where it goes on after them. */
#ifndef MPIBERT_TEXT_OFFSETS_H
#define MPIBERT_TEXT_OFFSETS_H

#include <stddef.h>

#include "src/core/vocab.h"
#include "src/text/ids.h"
#include "src/text/normalize.h"

struct offsets; /* opaque */

/* Bytes begin … end-1 of a text. */
struct reach {
    size_t begin, end;
};

/* Borrows the vocabulary until offsets_destroy. */
struct offsets *offsets_create(const struct vocab *vocab,
                               const struct normalizer_options *options);
/* Appends the ids of a text, which are those of tokenizer_encode.  Returns their
 * places, one an id, valid until the next call. */
const struct reach *offsets_encode(struct offsets *offsets, struct slice text,
                                   struct ids *ids);
/* Accepts NULL. */
void offsets_destroy(struct offsets *offsets);

#endif
