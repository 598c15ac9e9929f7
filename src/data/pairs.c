/* SPDX-License-Identifier: Apache-2.0 */
/* Examples as Google's create_pretraining_data.py builds them (Devlin et al. 2018),
 * with its quirks: the short length is drawn once a document; a chunk of one sentence
 * always gets a random second half, so that more than half of the pairs are random;
 * sentences that a random half displaced begin the next chunk; after ten tries the
 * random half may be of the same document. Different is only where random halves come
 * from: the block, not the whole corpus. */
#include "src/data/pairs.h"

#include "src/core/example.h"

/* How long the examples of a document should get: `room`, or rarely anything from 2 on.
 */
static uint32_t draw_target(const struct pairs_rules *rules, uint32_t room,
                            struct rng *rng) {
    if (rng_uniform(rng) < rules->short_seq_prob)
        return 2 + (uint32_t)rng_below(rng, room - 1);
    return room;
}

/* The end of a chunk of whole sentences from `first` on: one at least, until it has
 * `target` tokens or the sentences end. */
static uint32_t fill(const struct block *block, uint32_t first, uint32_t end,
                     int64_t target) {
    uint32_t last = first + 1;
    while (last < end && block_size(block, first, last) < target)
        last++;
    return last;
}

/* Sentences of another document (of this one, if ten tries find none), from a random
 * one on. */
static struct run random_half(const struct block *block, size_t document,
                              int64_t target, struct rng *rng) {
    size_t other = document;
    for (int tries = 0; tries < 10 && other == document; tries++)
        other = (size_t)rng_below(rng, block->document_count);
    uint32_t first = block->documents[other], end = block->documents[other + 1];
    first += (uint32_t)rng_below(rng, end - first);
    return block_run(block, first, fill(block, first, end, target));
}

/* Takes tokens off the longer half, either end, until both fit. */
static void truncate_pair(struct view *view, uint32_t room, struct rng *rng) {
    while (view->a.count + view->b.count > room) {
        struct run *longer = view->a.count > view->b.count ? &view->a : &view->b;
        if (rng_u32(rng) & 1)
            longer->first++;
        longer->count--;
        view->truncated++;
    }
}

/* [CLS] A [SEP] B [SEP] */
void pairs_build(struct block *block, size_t document, const struct pairs_rules *rules,
                 struct rng *rng) {
    uint32_t room = rules->length - 3;
    uint32_t target = draw_target(rules, room, rng);
    uint32_t first = block->documents[document], end = block->documents[document + 1];
    while (first < end) {
        uint32_t last = fill(block, first, end, target);
        uint32_t middle = first + 1;
        if (last - first > 1)
            middle += (uint32_t)rng_below(rng, last - first - 1);
        struct view view = {.a = block_run(block, first, middle)};
        if (last - first == 1 || rng_uniform(rng) < 0.5) {
            view.next = NEXT_RANDOM;
            view.b = random_half(block, document, (int64_t)target - view.a.count, rng);
            first = middle; /* what B would have been is put back */
        } else {
            view.next = NEXT_FOLLOWS;
            view.b = block_run(block, middle, last);
            first = last;
        }
        truncate_pair(&view, room, rng);
        block_add_view(block, &view);
    }
}
