/* SPDX-License-Identifier: Apache-2.0 */
/* What a corpus holds and what its filters make of it: every shard is read once, whole,
 * and reported on.  The same for any number of ranks. */
#ifndef MPIBERT_CORPUS_STATS_H
#define MPIBERT_CORPUS_STATS_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/core/vocab.h"
#include "src/corpus/report.h"
#include "src/text/normalize.h"

struct stats_options {
    int samples;               /* a reason, REPORT_SAMPLES_MAX at most */
    const struct vocab *vocab; /* borrowed; NULL: tokens are not counted */
    struct normalizer_options normalizer;
};

/* Filled on rank 0, empty elsewhere. */
struct stats {
    struct report *shards; /* (shard_count) in the order of the manifest */
    int shard_count;
    struct report total;
    bool filtered;    /* a source has a filter */
    struct err fault; /* on all ranks: of a source that gave no document */
};

/* Collective.  Unreadable shards: 66, 74; filters: as filter_create.  Damage is
 * reported, not an error, and so is a source that gave no document, in stats->fault: to
 * be told after the report.  To be ended by stats_fini if it returns 0. */
int stats_run(struct comm *comm, const struct config *config,
              const struct manifest *manifest, const struct stats_options *options,
              struct stats *stats, struct err *err);
void stats_fini(struct stats *stats);

#endif
