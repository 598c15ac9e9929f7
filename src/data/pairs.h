/* SPDX-License-Identifier: Apache-2.0 */
/* Sentence pairs out of a block: for next sentence prediction, or for ALBERT's sentence
 * order prediction. */
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
    bool swapped;       /* halves that change places, instead of random ones */
};

/* Appends the examples of one document to the block's views.  Swapped pairs are two
 * halves of a chunk, in their order or, with even chance, the other way round; a chunk
 * of one sentence is no pair.  Else every other half is random.  The random halves come
 * from other documents of the block; where it has no other text, from other places of
 * the same document.  None begins with the sentence that follows the first half.  What
 * has no such half is a pair that follows, or, at the document's end, no pair. */
void pairs_build(struct block *block, size_t document, const struct pairs_rules *rules,
                 struct rng *rng);

#endif
