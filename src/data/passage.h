/* SPDX-License-Identifier: Apache-2.0 */
/* A document as ids, sentence by sentence. */
#ifndef MPIBERT_DATA_PASSAGE_H
#define MPIBERT_DATA_PASSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/tally.h"
#include "src/text/tokenizer.h"

/* Zero it to begin; reused from document to document. */
struct passage {
    struct ids ids;
    uint32_t *ends; /* (sentences) behind the last id of each; no sentence is empty */
    size_t sentences, capacity;
};

/* The four booleans of the configuration. */
struct normalizer_options passage_normalizer(const struct config *config);
/* Reads a text.  False, and an empty passage, if it is dropped: no ids in it, or more
 * than 1 % ill-formed UTF-8.  Either way it is counted in *tally. */
bool passage_read(struct passage *passage, struct tokenizer *tokenizer, int32_t unknown,
                  struct slice text, struct tally *tally);
void passage_clear(struct passage *passage);
void passage_fini(struct passage *passage);

#endif
