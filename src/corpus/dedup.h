/* SPDX-License-Identifier: Apache-2.0 */
/* Exact duplicates over all shards and ranks: of documents whose texts are equal the
 * first one, by shard and ordinal, stays; the others make a drop list
 * (filter.drop_list). */
#ifndef MPIBERT_CORPUS_DEDUP_H
#define MPIBERT_CORPUS_DEDUP_H

#include <stdbool.h>

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/core/tally.h"

enum { DEDUP_RECORD_BYTES = 24 }; /* a document, while it is compared */

struct dedup_result {
    struct tally tally;   /* of what was read, all ranks together */
    uint64_t documents;   /* compared */
    uint64_t duplicates;  /* to be dropped */
    uint64_t copied;      /* texts that have some */
    uint64_t most_copies; /* of one text */
};

/* Collective.  Compares what the sources' filters keep; with `fold` letters and digits
 * alone, without case and accents, every digit alike.  Writes the list to `path`, the
 * same bytes for any number of ranks: SHARD<TAB>ORDINAL lines in the order of the
 * manifest. Documents take 2 × DEDUP_RECORD_BYTES in the memory of all ranks together,
 * duplicates 8 bytes on rank 0. 66, 74 as the files have it; 78: two shards of the same
 * name. */
int dedup_run(struct comm *comm, const struct config *config,
              const struct manifest *manifest, bool fold, const char *path,
              struct dedup_result *result, struct err *err);

#endif
