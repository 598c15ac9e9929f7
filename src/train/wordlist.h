/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary and the tokenizer flags that a configuration names. */
#ifndef MPIBERT_TRAIN_WORDLIST_H
#define MPIBERT_TRAIN_WORDLIST_H

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/core/vocab.h"
#include "src/text/tokenizer.h"

/* Reads and parses a vocabulary file (64 MiB at most). */
int wordlist_load(const char *path, struct vocab *vocab, struct err *err);
/* The four booleans of config->data_…; accents follow lower-casing unless set. */
struct normalizer_options wordlist_normalizer(const struct config *config);

#endif
