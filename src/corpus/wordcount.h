/* SPDX-License-Identifier: Apache-2.0 */
/* Word counts of a corpus over ranks: what a vocabulary is learnt from. */
#ifndef MPIBERT_CORPUS_WORDCOUNT_H
#define MPIBERT_CORPUS_WORDCOUNT_H

#include "io/manifest.h"
#include "mpi/comm.h"
#include "src/base/map.h"
#include "src/core/tally.h"
#include "src/text/tokenizer.h"

/* Collective.  Shards are dealt to ranks by size; each rank counts the words of its own, and
 * all counts meet in *counts on rank 0 (empty elsewhere).  *tally is the sum over ranks. */
int wordcount(struct comm *comm, const struct manifest *manifest,
              const struct normalizer_options *options, struct map *counts,
              struct tally *tally, struct err *err);

#endif
