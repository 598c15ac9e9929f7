/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of neighbouring symbols that may be merged: how often each occurs, in which
 * words, and which is the best: score down, then left name, then right name up.  The
 * score is the pair's count, or that over the product of its symbols' counts (the
 * criterion of the first WordPiece: what the likelihood of the corpus gains most by).
 */
#ifndef MPIBERT_TEXT_MERGES_H
#define MPIBERT_TEXT_MERGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/text/score.h"
#include "src/text/symbols.h"

struct merge_pair {
    uint32_t left, right;
    uint64_t count;      /* occurrences now */
    struct score queued; /* under which it waits in the queue; count 0: it does not */
    uint32_t *words;     /* (word_count) that have it, or had it once; owned */
    uint32_t word_count, word_capacity;
    bool touched; /* listed in `touched` */
};

struct queue_entry {
    struct score score;
    uint32_t pair;
};

/* Numbers of pairs, or of words. */
struct number_list {
    uint32_t *numbers; /* owned */
    size_t count, capacity;
};

struct merges {
    const struct symbols *symbols; /* borrowed */
    bool likelihood;
    struct merge_pair *pairs;
    size_t pair_count, pair_capacity;
    uint32_t *slots; /* hash table: number of a pair plus 1, or 0 */
    size_t slot_count;
    struct queue_entry *queue; /* a heap, the best first */
    size_t queue_count, queue_capacity;
    struct number_list touched;   /* pairs that may have risen since merges_take */
    struct number_list *partners; /* (partner_count) of each symbol: the pairs it is in;
                                     with likelihood alone */
    size_t partner_count;
};

/* The words that a taken pair occurs in: some may have lost it since. */
struct merge {
    uint32_t left, right;
    uint32_t *words; /* owned: mem_free it */
    uint32_t word_count;
};

/* With `likelihood`, symbols->counts must be right whenever merges_take is called. */
void merges_init(struct merges *merges, const struct symbols *symbols, bool likelihood);
/* The pair occurs `count` more times, in `word`. */
void merges_add(struct merges *merges, uint32_t left, uint32_t right, uint32_t word,
                uint64_t count);
/* The pair occurs `count` times less. */
void merges_remove(struct merges *merges, uint32_t left, uint32_t right,
                   uint64_t count);
/* The symbol's count fell, which may have raised the scores of its pairs. */
void merges_symbol_fell(struct merges *merges, uint32_t symbol);
/* The best pair of at least min_count (> 0) occurrences; false if there is none.  It
 * leaves the queue: the caller is to remove all its occurrences. */
bool merges_take(struct merges *merges, uint64_t min_count, struct merge *merge);
void merges_fini(struct merges *merges);

#endif
