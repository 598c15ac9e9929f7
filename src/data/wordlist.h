/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary that a configuration names, and how text is made before it is looked
 * up there: what the options leave open is as the vocabulary has it. */
#ifndef MPIBERT_DATA_WORDLIST_H
#define MPIBERT_DATA_WORDLIST_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/core/vocab.h"
#include "src/text/normalize.h"

/* Reads and parses a vocabulary file (64 MiB at most). */
int wordlist_load(const char *path, struct vocab *vocab, struct err *err);
/* Gives data.lowercase, strip_accents, chinese_chars, clean_text and dotted_i, where
 * they are not set, the value that the file beside the vocabulary says
 * (io/convert/vocab_note.h), or else what its tokens tell (src/text/casing.h), and says
 * once what that is.  78: an option that contradicts these.  `path` is the vocabulary's
 * file. */
int wordlist_settle(struct config *config, const struct vocab *vocab, const char *path,
                    struct err *err);
/* Reads a vocabulary file for text that is cased, or as the vocabulary has it. */
int wordlist_open(const char *path, bool cased, struct vocab *vocab,
                  struct normalizer_options *options, struct err *err);
/* Settles by config->data_vocab; nothing where that is not set. */
int wordlist_settle_config(struct config *config, struct err *err);
/* Warns if the tokens of a model's vocabulary tell otherwise than its configuration. */
void wordlist_warn(const struct config *config, const struct vocab *vocab,
                   const char *name);

#endif
