/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that a run will take on this rank, known before it takes any: from the
 * options, the vocabulary's size and the number of ranks. */
#ifndef MPIBERT_TRAIN_MEMORY_H
#define MPIBERT_TRAIN_MEMORY_H

#include <stddef.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/train/dataset.h"
#include "src/train/step.h"

/* In bytes, of all runs that share the data. */
struct memory {
    int runs;       /* that are yet to open */
    size_t program; /* there already: code, MPI, vocabulary, what shards are known */
    size_t teacher; /* of each run the weights, if this rank asks it */
    size_t state;   /* weights, gradients, moments */
    size_t activations; /* of a chunk */
    size_t loader;      /* blocks of examples, batch, caches of the tokenizer */
    size_t checkpoint;  /* copies of what is saved, in the order of a file */
};

/* Collective.  A model for the next run on the data and for each beside it, and the
 * data once. */
void memory_plan(struct memory *memory, const struct stepper_options *options,
                 struct comm *comm, const struct dataset *data);
/* Local.  Of a rank that holds the teacher and does not train; what it says takes
 * `lessons` bytes until it is heard. */
void memory_plan_tutor(struct memory *memory, const struct stepper_options *options,
                       const struct dataset *data, size_t lessons);
size_t memory_total(const struct memory *memory);
/* What to do where there is not enough. */
#define MEMORY_CURE                                                                    \
    "lower train.chunk_tokens, data.block_bytes or train.lane_batch, set "             \
    "train.recompute: layer, take a smaller model, or start fewer ranks on a host "    \
    "and "                                                                             \
    "use more hosts"
/* Collective.  70 on all ranks if the system refuses one of them what is known to the
 * byte: state, activations and what is copied to be saved. */
int memory_check(const struct memory *memory, struct comm *comm, struct err *err);
/* Local, for one rank: the line "memory", of "a rank". */
void memory_print(const struct memory *memory, const char *whose);
/* Local: warns if the ranks of this host will take more than it has left. */
void memory_warn(const struct memory *memory, int ranks_here);

#endif
