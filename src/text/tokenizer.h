/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids, bit for bit as Hugging Face's fast BERT tokenizer (without its parsing
 * of special tokens out of text): normalise, pre-tokenise, WordPiece. */
#ifndef MPIBERT_TEXT_TOKENIZER_H
#define MPIBERT_TEXT_TOKENIZER_H

#include <stddef.h>

#include "src/core/vocab.h"
#include "src/text/ids.h"
#include "src/text/normalize.h"

struct tokenizer; /* opaque */

/* Borrows the vocabulary until tokenizer_destroy. */
struct tokenizer *tokenizer_create(const struct vocab *vocab,
                                   const struct normalizer_options *options);
/* Appends the ids of a text.  It may be any bytes: ill-formed UTF-8 is dropped (utf8.h
 * says how much), and how many bytes that were is returned. */
size_t tokenizer_encode(struct tokenizer *tokenizer, struct slice text,
                        struct ids *ids);
/* The memory for words seen before, of any tokenizer: a bound, it does not grow. */
size_t tokenizer_cache_bytes(void);
void tokenizer_destroy(struct tokenizer *tokenizer);

/* The version of the Unicode tables, part of the data hash. */
extern const char tokenizer_tables_version[];

#endif
