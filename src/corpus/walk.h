/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's way through a whole corpus: shards are dealt to ranks, largest first, and
 * each is read once from front to back by the rank that has it.  What comes of it is to
 * be put together by shard and ordinal, never by time, and then does not depend on
 * ranks.
 *
 *     while ((rc = walk_shard(&walk, err)) > 0)
 *         while ((rc = walk_document(&walk, &doc, err)) > 0) … */
#ifndef MPIBERT_CORPUS_WALK_H
#define MPIBERT_CORPUS_WALK_H

#include "io/manifest.h"
#include "io/reasons.h"
#include "io/shard.h"
#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/doc.h"
#include "src/core/tally.h"

struct walk {
    const struct manifest *manifest; /* borrowed */
    struct shard_options how;        /* format and key are the manifest's */
    int rank;
    int *owners; /* (shards) rank by row of the manifest */
    int row;     /* where the walk stands: -1 before the first shard */
    struct shard *shard;
    struct tally tally; /* of this shard so far; the caller may count into it as well */
    uint64_t *given;    /* (specs) documents that each source gave this rank */
    uint64_t before;    /* what its source had given when the shard was opened */
    struct reasons *reasons; /* (specs) of those of its shards that gave none */
};

/* What data.on_error says of damage, without warnings if they were given before. */
struct shard_options walk_options(const struct config *config, bool quiet);
/* Local.  `how` may be NULL. */
void walk_init(struct walk *walk, const struct manifest *manifest, int rank, int ranks,
               const struct shard_options *how);
/* Local.  To this rank's next shard, in order of row: 1, 0 there is none, -1. */
int walk_shard(struct walk *walk, struct err *err);
/* Local.  The shard's next document that has text: 1, borrowed until the next call; 0
 * its end, walk->tally complete; -1. */
int walk_document(struct walk *walk, struct doc *doc, struct err *err);
/* Collective.  Once all was read: 0; 65 if a source gave no document with text, saying
 * why not, or if none of them all was kept as this rank's *tally counts (NULL: keeping
 * is not asked for).  A row that no rank has (owner -1) was read before. */
int walk_check(const struct walk *walk, struct comm *comm, const struct config *config,
               const struct tally *tally, struct err *err);
/* Accepts a zeroed one. */
void walk_fini(struct walk *walk);

#endif
