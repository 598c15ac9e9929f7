/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's share of one step: sequences one after the other, without padding. */
#ifndef MPIBERT_CORE_BATCH_H
#define MPIBERT_CORE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "src/core/example.h"

/* Where a sequence comes from: what its dropout is keyed by. */
struct origin {
    uint32_t lane;
    uint64_t number; /* of the example in its lane, from 0 */
};

struct batch {
    int64_t B, T, M; /* sequences, tokens, masked rows in it */
    int64_t N;       /* spans: a sequence is one, or one for each isolated document */
    int64_t max_B, max_T, max_M;
    int32_t *ids;           /* (T) */
    int32_t *segments;      /* (T) 0 or 1 */
    int32_t *positions;     /* (T) place in the span */
    int32_t *starts;        /* (B + 1) first row of each sequence */
    int32_t *spans;         /* (N + 1) first row of each span: what attends to itself */
    int32_t *span_starts;   /* (B + 1) first span of each sequence in spans */
    int32_t *masked;        /* (M) rows to predict, ascending */
    int32_t *labels;        /* (M) */
    float *scores;          /* (M) of regression; 0 for others */
    const float *counts;    /* (M) what each one's loss counts, 1 on average; borrowed;
                               NULL: all 1 */
    int32_t *masked_starts; /* (B + 1) first of each sequence in masked, labels */
    int32_t *next;          /* (B) NEXT_… */
    struct origin *origins; /* (B) */
};

/* Room for B sequences and B · length tokens (masked rows included). */
void batch_init(struct batch *batch, int64_t max_B, int64_t length);
/* What that room takes. */
size_t batch_bytes(const struct batch *batch);
void batch_clear(struct batch *batch);
/* Appends a masked example; the room must be there. */
void batch_add(struct batch *batch, const struct example *example,
               struct origin origin);
/* Makes *part, which has room, of sequences first … first+count-1 of a batch, as if
 * they were all of it. */
void batch_take(struct batch *part, const struct batch *from, int64_t first,
                int64_t count);
/* The batch before any were masked: its own ids, which are written to `ids` (T), all
 * else borrowed, with it the rows that were masked. */
struct batch batch_unmask(const struct batch *batch, int32_t *ids);
/* For each masked row of sequences first … first+count-1: of the masked rows side by
 * side with it, its place from 0 on and the rows before and after them.  Where masks
 * are of whole spans, these are a span's borders.  Of a sequence that is masked to an
 * end, as no example of text is, the row at that end is the border. */
struct border {
    int32_t before, after, place; /* rows of the batch */
};
void batch_borders(const struct batch *batch, int64_t first, int64_t count,
                   struct border *borders);
/* How many tokens have an id, those that are masked counted by what they were. */
int64_t batch_count(const struct batch *batch, int32_t id);
/* A hash of one sequence's ids, segments, positions, masked places and labels. */
uint64_t batch_hash_sequence(const struct batch *batch, int64_t b);
void batch_fini(struct batch *batch);

#endif
