/* SPDX-License-Identifier: Apache-2.0 */
/* Sentence pairs for next sentence prediction, or single segments, out of a block. */
#ifndef MPIBERT_DATA_PAIRS_H
#define MPIBERT_DATA_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/rng.h"
#include "src/core/config.h"
#include "src/data/block.h"

struct pairs_rules {
    uint32_t length; /* tokens an example, special ones too; at least 8 */
    double
        short_seq_prob; /* of a document's examples being of a random shorter length */
    bool pairs;         /* else single segments */
};

struct pairs_rules pairs_rules_of(const struct config *config);
/* Appends the examples of one document to the block's views.  The random halves come
 * from other documents of the block. */
void pairs_build(struct block *block, size_t document, const struct pairs_rules *rules,
                 struct rng *rng);

#endif
