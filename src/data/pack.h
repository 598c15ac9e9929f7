/* SPDX-License-Identifier: Apache-2.0 */
/* The examples of a block, by data.packing. */
#ifndef MPIBERT_DATA_PACK_H
#define MPIBERT_DATA_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/rng.h"
#include "src/core/config.h"
#include "src/data/block.h"
#include "src/data/pairs.h"

enum packing {
    PACK_PAIRS,
    PACK_SWAPPED_PAIRS,
    PACK_FULL_SENTENCES,
    PACK_DOC_SENTENCES,
    PACK_SENTENCES
};

struct pack_rules {
    enum packing packing;
    bool isolate;             /* documents in an example do not see each other */
    struct pairs_rules pairs; /* its length is that of all examples */
};

/* For examples of at most `length` tokens. */
struct pack_rules pack_rules_of(const struct config *config, int64_t length);
/* About how many examples a document of so many tokens and sentences gives. */
double pack_expect(const struct pack_rules *rules, size_t tokens, size_t sentences);
/* Appends to the block's views the examples of document `first` and of those behind it.
 */
void pack_build(struct block *block, size_t first, const struct pack_rules *rules,
                struct rng *rng);

#endif
