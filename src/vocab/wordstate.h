/* SPDX-License-Identifier: Apache-2.0 */
/* How far counting has come, in one file for all ranks: which documents are counted,
 * and the counts.  Any number of ranks goes on from it. */
#ifndef MPIBERT_VOCAB_WORDSTATE_H
#define MPIBERT_VOCAB_WORDSTATE_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/hash.h"
#include "src/core/tally.h"
#include "src/vocab/wordstore.h"

#define WORDSTATE_DONE UINT64_MAX /* all documents of a shard */

struct wordstate {
    char identity[HASH_HEX_SIZE]; /* of the corpus and of what is counted as a word */
    uint64_t shard_count;
    uint64_t *documents; /* (shard_count) how many of each shard are counted; owned */
    struct tally tally;  /* of the shards that are done */
};

/* Collective.  Replaces the file, atomically; *state is that of rank 0, and the words
 * are those of all ranks' stores. */
int wordstate_save(struct comm *comm, const char *path, const struct wordstate *state,
                   struct wordstore *words, size_t piece, struct err *err);
/* Collective.  Fills *state, whose identity and shard_count say what is wanted and
 * whose documents are there, on rank 0 (documents on all), and the stores.  1; 0 if
 * there is no such file; -1 on all ranks: 65 damaged, 78 of something else, 74. */
int wordstate_load(struct comm *comm, const char *path, struct wordstate *state,
                   struct wordstore *words, size_t piece, struct err *err);

#endif
