/* SPDX-License-Identifier: Apache-2.0 */
/* What training would read, as files: the documents that the filters keep, cleaned,
 * shard by shard into new shards.  The same files for any number of ranks. */
#ifndef MPIBERT_CORPUS_EXTRACT_H
#define MPIBERT_CORPUS_EXTRACT_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/core/tally.h"
#include "src/corpus/output.h"

/* Collective.  x.tar.gz becomes x-00000.jsonl.zst and so on, a new one before one would
 * hold over shard_bytes of text; one without documents nothing.  *tally and *counts are
 * sums over ranks.  66, 74 as the files have it, then nothing is left; 78: two shards
 * whose files would have the same names. */
int extract_run(struct comm *comm, const struct config *config,
                const struct manifest *manifest, const struct output_options *options,
                int64_t shard_bytes, struct tally *tally, struct output_counts *counts,
                struct err *err);

#endif
