/* SPDX-License-Identifier: Apache-2.0 */
/* Sentence pairs for next sentence prediction, out of a block. */
#ifndef MPIBERT_DATA_PAIRS_H
#define MPIBERT_DATA_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/rng.h"
#include "src/data/block.h"

struct pairs_rules {
    uint32_t length; /* tokens an example, special ones too; at least 8 */
    double
        short_seq_prob; /* of a document's examples being of a random shorter length */
};

/* Appends the examples of one document to the block's views.  The random halves come
 * from other documents of the block; where it has no other text, from other places of
 * the same document.  None begins with the sentence that follows the first half.  What
 * has no such half is a pair that follows, or, at the document's end, no pair. */
void pairs_build(struct block *block, size_t document, const struct pairs_rules *rules,
                 struct rng *rng);

#endif
