/* SPDX-License-Identifier: Apache-2.0 */
/* Word counts of a corpus over ranks: what a vocabulary is learnt from.  Exact,
 * whatever the ranks and their memory. */
#ifndef MPIBERT_VOCAB_WORDCOUNT_H
#define MPIBERT_VOCAB_WORDCOUNT_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/core/tally.h"
#include "src/vocab/wordstore.h"
#include "src/text/normalize.h"

struct wordcount_options {
    const struct config *config; /* what filters judge by; borrowed */
    struct normalizer_options normalizer;
    size_t memory_bytes; /* a rank, for counted words; a document's own come on top */
    const char *folder;  /* for what exceeds it */
    const char *state;   /* a file to go on from, and to keep: or NULL */
    double save_seconds; /* between two writings of it */
};

struct wordcount {
    struct wordstore words; /* those that belong to this rank */
    struct tally tally;     /* sum over ranks */
    uint64_t rounds;        /* exchanges */
    uint64_t resumed;       /* documents that the state file had */
    /* seconds; the most of any rank */
    double reading, counting, exchanging, saving;
};

/* Collective.  Shards are dealt to ranks by size; each rank counts its own, and when
 * its table is full all ranks exchange what they have.  Fills *result. */
int wordcount_run(struct comm *comm, const struct manifest *manifest,
                  const struct wordcount_options *options, struct wordcount *result,
                  struct err *err);
/* Accepts a zeroed one. */
void wordcount_fini(struct wordcount *result);
/* The bytes of words that may travel at once with this budget. */
size_t wordcount_piece(const struct wordcount_options *options);

#endif
