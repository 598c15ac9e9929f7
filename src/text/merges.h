/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of neighbouring symbols that may be merged: how often each occurs, in which
 * words, and which is the best: count down, then left name, then right name up. */
#ifndef MPIBERT_TEXT_MERGES_H
#define MPIBERT_TEXT_MERGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/text/symbols.h"

struct pair {
    uint32_t left, right;
    uint64_t count;  /* occurrences now */
    uint64_t queued; /* the count under which it waits in the queue, 0: it does not */
    uint32_t *words; /* (word_count) that have it, or had it once; owned */
    uint32_t word_count, word_capacity;
    bool touched; /* listed in `touched` */
};

struct queue_entry {
    uint64_t count;
    uint32_t pair;
};

struct merges {
    const struct symbols *symbols; /* borrowed */
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    uint32_t *slots; /* hash table: number of a pair plus 1, or 0 */
    size_t slot_count;
    struct queue_entry *queue; /* a heap, the best first */
    size_t queue_count, queue_capacity;
    uint32_t *touched; /* pairs that rose since the last merges_take */
    size_t touched_count, touched_capacity;
};

/* The words that a taken pair occurs in: some may have lost it since. */
struct merge {
    uint32_t left, right;
    uint32_t *words; /* owned: mem_free it */
    uint32_t word_count;
};

void merges_init(struct merges *merges, const struct symbols *symbols);
/* The pair occurs `count` more times, in `word`. */
void merges_add(struct merges *merges, uint32_t left, uint32_t right, uint32_t word,
                uint64_t count);
/* The pair occurs `count` times less. */
void merges_remove(struct merges *merges, uint32_t left, uint32_t right,
                   uint64_t count);
/* The best pair of at least min_count (> 0) occurrences; false if there is none.  It
 * leaves the queue: the caller is to remove all its occurrences. */
bool merges_take(struct merges *merges, uint64_t min_count, struct merge *merge);
void merges_fini(struct merges *merges);

#endif
