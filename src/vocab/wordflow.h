/* SPDX-License-Identifier: Apache-2.0 */
/* Counted words on their way between ranks.  Each word belongs to one rank, by its
 * hash: there all of its counts come together. */
#ifndef MPIBERT_VOCAB_WORDFLOW_H
#define MPIBERT_VOCAB_WORDFLOW_H

#include <stddef.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/map.h"
#include "src/vocab/wordstore.h"

/* What is done with a word that has come. */
typedef int wordflow_sink_fn(void *context, struct slice word, uint64_t count,
                             struct err *err);

/* Collective.  Sends the words of *from, which is emptied, to the stores of the ranks
 * they belong to.  0, or -1 on all ranks. */
int wordflow_exchange(struct comm *comm, struct map *from, struct wordstore *to,
                      struct err *err);
/* Collective.  Walks the stores of all ranks and gives every word that occurs min_count
 * times to sink(context, …) on rank 0, of which as many bytes travel at once as `piece`
 * says.  0, or -1 on all ranks. */
int wordflow_gather(struct comm *comm, struct wordstore *from, uint64_t min_count,
                    size_t piece, wordflow_sink_fn *sink, void *context,
                    struct err *err);

#endif
