/* SPDX-License-Identifier: Apache-2.0 */
/* The words of many texts, counted as they stand and normalised once for many times. */
#ifndef MPIBERT_TEXT_RAWWORDS_H
#define MPIBERT_TEXT_RAWWORDS_H

#include <stdint.h>

#include "src/base/str.h"
#include "src/text/normalize.h"

struct rawwords; /* opaque */

/* What is told of a word, normalised and pre-tokenised (punctuation by itself): it
 * occurs `count` more times.  The word is borrowed for the call. */
typedef void rawwords_add_fn(void *context, struct slice word, uint64_t count);

/* A table of about table_bytes (at least 2 KiB), whose words go to add(context, …) when
 * they make room for others and in rawwords_flush. */
struct rawwords *rawwords_create(const struct normalizer_options *options,
                                 size_t table_bytes, rawwords_add_fn *add,
                                 void *context);
/* Counts the words of a text, which may be any bytes. */
void rawwords_count(struct rawwords *raw, struct slice text);
/* Tells of all that were not told of: then add() has heard of every word counted. */
void rawwords_flush(struct rawwords *raw);
/* Accepts NULL. */
void rawwords_destroy(struct rawwords *raw);

#endif
