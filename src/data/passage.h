/* SPDX-License-Identifier: Apache-2.0 */
/* A document as ids, sentence by sentence, and the rules it is read by. */
#ifndef MPIBERT_DATA_PASSAGE_H
#define MPIBERT_DATA_PASSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/tally.h"
#include "src/core/vocab.h"
#include "src/text/sentence.h"
#include "src/text/tokenizer.h"

/* Zero it to begin; reused from document to document. */
struct passage {
    struct ids ids;
    uint32_t *ends; /* (sentences) after the last id of each; no sentence is empty */
    size_t sentences, capacity;
    struct slice *slices; /* the document's sentences as text, while it is read */
    size_t slice_room;
    double split, tokenize; /* seconds that the last one took */
};

/* The booleans of the configuration. */
struct normalizer_options passage_normalizer(const struct config *config);
/* How a configuration reads texts. */
struct passage_rules {
    struct sentence_rules *sentences; /* owned */
    struct tokenizer *tokenizer;      /* owned */
    int32_t unknown;                  /* id of [UNK] */
};

/* Borrows the vocabulary until passage_rules_fini.  Errors as sentence_rules_create. */
int passage_rules_init(struct passage_rules *rules, const struct config *config,
                       const struct vocab *vocab, struct err *err);
/* Accepts zeroed ones. */
void passage_rules_fini(struct passage_rules *rules);

/* Reads a text.  False, and an empty passage, if it is dropped: no ids in it, or more
 * than 1 % ill-formed UTF-8.  Either way it is counted in *tally. */
bool passage_read(struct passage *passage, const struct passage_rules *rules,
                  struct slice text, struct tally *tally);
void passage_clear(struct passage *passage);
void passage_fini(struct passage *passage);

#endif
