/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids, bit for bit as Hugging Face's fast BERT tokenizer (without its parsing of
 * special tokens out of text): normalise, pre-tokenise, WordPiece. */
#ifndef MPIBERT_TEXT_TOKENIZER_H
#define MPIBERT_TEXT_TOKENIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/vocab.h"

/* BertNormalizer's four booleans. */
struct normalizer_options {
    bool clean_text, chinese_chars, strip_accents, lowercase;
};

struct ids {
    int32_t *data; /* owned */
    size_t count, capacity;
};

struct tokenizer; /* opaque */

/* Borrows the vocabulary until tokenizer_destroy. */
struct tokenizer *tokenizer_create(const struct vocab *vocab,
                                   const struct normalizer_options *options);
/* Appends the ids of a text (any bytes; ill-formed UTF-8 is dropped as text.md §1.3a says:
 * the longest valid prefix of a sequence, at least one byte).  Returns the bytes dropped. */
size_t tokenizer_encode(struct tokenizer *tokenizer, struct slice text, struct ids *ids);
void tokenizer_destroy(struct tokenizer *tokenizer);

void ids_append(struct ids *ids, int32_t id);
void ids_fini(struct ids *ids);

/* The version of the Unicode tables, part of the data hash. */
extern const char tokenizer_tables_version[];

#endif
