/* SPDX-License-Identifier: Apache-2.0 */
/* One lane's endless walk through the documents of one source. */
#ifndef MPIBERT_DATA_SOURCE_H
#define MPIBERT_DATA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/manifest.h"
#include "io/reasons.h"
#include "src/base/err.h"
#include "src/core/config.h"
#include "src/core/tally.h"
#include "src/data/deal.h"
#include "src/data/pieces.h"

/* Where a walk stands: all that a cursor has to keep of it. */
struct bookmark {
    uint64_t epoch;    /* times round */
    uint64_t position; /* in the epoch's order of shards */
    uint64_t ordinal;  /* of the next document in that shard */
    uint64_t tokens;   /* read from the source so far */
    uint64_t all;  /* 1: takes every document, because its share of them was empty */
    uint64_t used; /* tokens of the source in examples so far, before this block */
};

/* Does not move once begun: the open shard counts into it. */
struct source {
    const struct config *config;
    const struct manifest *manifest;
    struct deal *deal;
    int row;                   /* of manifest->specs */
    int64_t lane, group, seat; /* seat: the lane's place in its group */
    struct bookmark bookmark;
    uint64_t before;        /* bookmark.tokens when the block began */
    bool fruitful;          /* a document of this epoch was kept */
    struct reasons reasons; /* of this epoch's shards that had no document */
    uint32_t *order;        /* of the group's shards in epoch order_epoch */
    uint64_t order_epoch;
    struct pieces pieces;
    int shard;         /* row of the manifest, of the open one */
    struct tally seen; /* by the open shard, not settled yet */
    double unpacking;  /* seconds spent on that so far */
};

void source_init(struct source *source, const struct config *config,
                 const struct manifest *manifest, struct deal *deal, int row,
                 int64_t lane);
/* 65: there is no such place. */
int source_check(const struct source *source, const struct bookmark *bookmark,
                 struct err *err);
/* Goes on from a place, which is one, where a block of the same lane began. */
void source_seek(struct source *source, const struct bookmark *bookmark);
/* 1: *doc is the lane's next document, borrowed until the next call; 0: an epoch
 * ended, ask again; -1: also 65 when the source has nothing for anyone.  What was read
 * is added to *tally (NULL: it was counted before) in the first epoch, by the group's
 * first lane. */
int source_next(struct source *source, struct doc *doc, struct tally *tally,
                struct err *err);
/* The document just handed out as a number: a hash of its shard and ordinal. */
uint64_t source_document(const struct source *source);
/* The document just handed out was kept, with so many tokens. */
void source_keep(struct source *source, size_t tokens);
void source_fini(struct source *source);

#endif
