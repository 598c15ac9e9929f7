/* SPDX-License-Identifier: Apache-2.0 */
/* Documents in memory as one run of ids, and the examples made of them as views of that
 * run. */
#ifndef MPIBERT_DATA_BLOCK_H
#define MPIBERT_DATA_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/data/passage.h"

/* Tokens of a block that follow each other: segment A or B of an example. */
struct segment {
    uint32_t first, count;
};

/* An example before it is masked: two segments, the second empty without a pair.  The
 * first goes from one document to the next in packed examples. */
struct view {
    struct segment a, b;
    int32_t next;       /* NEXT_… */
    uint32_t truncated; /* tokens that did not fit */
    bool swapped;       /* the halves changed places: the first follows the second */
    bool own;           /* the second is random, but of the first one's document */
};

struct block {
    bool wide;           /* ids take 4 bytes, not 2 */
    void *ids;           /* (tokens) uint16_t or int32_t */
    uint32_t *sentences; /* (sentence_count + 1) first token of each, and the end */
    uint32_t *documents; /* (document_count + 1) first sentence of each, and the end */
    uint16_t *sources;   /* (document_count) which source each is of */
    uint64_t *hashes;    /* (document_count) of each one's ids */
    struct view *views;  /* (view_count) */
    size_t tokens, sentence_count, document_count, view_count;
    size_t token_room, sentence_room, document_room, view_room;
};

/* Bytes an id takes in the blocks of a vocabulary of V. */
size_t block_id_bytes(int64_t V);
void block_init(struct block *block, int64_t V);
/* Forgets the content, keeps the memory. */
void block_clear(struct block *block);
/* Appends a document, which is not empty, of one of the sources. */
void block_add(struct block *block, const struct passage *passage, int source);
void block_add_view(struct block *block, const struct view *view);
/* Tokens of sentences first … end-1. */
uint32_t block_size(const struct block *block, uint32_t first, uint32_t end);
struct segment block_segment(const struct block *block, uint32_t first, uint32_t end);
/* Whether two segments hold the same ids. */
bool block_same(const struct block *block, struct segment a, struct segment b);
/* The source of the document that a token is of. */
int block_source(const struct block *block, uint32_t token);
/* As much of a segment as is of the document it begins in. */
struct segment block_part(const struct block *block, struct segment segment);
/* Adds an example's tokens to the counts of the sources they are of. */
void block_count(const struct block *block, const struct view *view, uint64_t *counts);
/* The ids of a segment into out[segment.count]. */
void block_read(const struct block *block, struct segment segment, int32_t *out);
void block_fini(struct block *block);

#endif
