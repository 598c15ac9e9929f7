/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of one shard, those over data.max_document_bytes cut at a line and
 * handed out as several.  From here on "document" means such a piece. */
#ifndef MPIBERT_DATA_PIECES_H
#define MPIBERT_DATA_PIECES_H

#include <stdbool.h>
#include <stdint.h>

#include "io/manifest.h"
#include "io/shard.h"
#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/core/tally.h"

/* Zero it to begin; shard == NULL: not open. */
struct pieces {
    struct shard *shard;
    struct tally *tally; /* borrowed */
    struct doc doc;      /* the document being cut, with the text not yet handed out */
    size_t max_bytes;
    uint64_t ordinal; /* of the next piece in the shard, from 0 */
};

/* Opens a row of the manifest.  `unpacking` as in shard.h.  `tally` is borrowed until
 * pieces_close and added to; `quiet` keeps warnings about damage back. */
int pieces_open(struct pieces *pieces, const struct config *config,
                const struct manifest *manifest, int row, bool quiet,
                struct tally *tally, double *unpacking, struct err *err);
/* 1: *piece is the next one, a document with some of its text, borrowed until the next
 * call; 0: end; -1. */
int pieces_next(struct pieces *pieces, struct doc *piece, struct err *err);
/* Accepts what is not open. */
void pieces_close(struct pieces *pieces);

#endif
