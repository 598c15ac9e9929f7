/* SPDX-License-Identifier: Apache-2.0 */
/* What was read for examples: counts, costs and which documents. */
#ifndef MPIBERT_DATA_READING_H
#define MPIBERT_DATA_READING_H

#include <stdint.h>

#include "src/core/cost.h"
#include "src/core/tally.h"

/* For a deck, or for all decks that were used. */
struct reading_sum {
    struct tally tally;
    struct cost cost;
    uint64_t text_bytes;   /* of the documents taken */
    uint64_t documents;    /* taken in the first epochs of their sources */
    uint64_t document_sum; /* over these of a hash of (shard, ordinal), mod 2^64: tells
                              whether they are the same, whoever took them */
};

void reading_add(struct reading_sum *to, const struct reading_sum *more);

#endif
