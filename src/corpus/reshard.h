/* SPDX-License-Identifier: Apache-2.0 */
/* A corpus dealt anew: all documents that the filters keep, in a random order that
 * depends on the seed and their places alone, in a given number of shards of about
 * equal size. The same files for any number of ranks. */
#ifndef MPIBERT_CORPUS_RESHARD_H
#define MPIBERT_CORPUS_RESHARD_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/core/tally.h"
#include "src/corpus/output.h"

struct reshard_options {
    struct output_options output;
    int shards;
    uint64_t seed;
    int64_t memory_bytes; /* a rank, for documents: bounds how many shards are made in
                             one pass over the corpus; one shard a rank always is */
};

struct reshard_result {
    struct tally tally; /* of what was read, once, all ranks together */
    struct output_counts counts;
    int passes; /* over the corpus, beside the first that counts */
};

/* Collective.  66, 74 as the files have it, then nothing is left; 74 too if the corpus
 * changes meanwhile; 78: more shards than documents. */
int reshard_run(struct comm *comm, const struct config *config,
                const struct manifest *manifest, const struct reshard_options *options,
                struct reshard_result *result, struct err *err);

#endif
