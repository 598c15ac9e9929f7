/* SPDX-License-Identifier: Apache-2.0 */
/* One fine-tuning, from given weights to answers about the task's dev files: a function
 * of its inputs and its seed alone, whoever runs it. */
#ifndef MPIBERT_TUNE_TUNING_H
#define MPIBERT_TUNE_TUNING_H

#include "mpi/comm.h"
#include "src/task/taskset.h"
#include "src/infer/bundle.h"
#include "src/tune/outcome.h"

struct tuning {
    const struct bundle *bundle; /* what it starts from; all borrowed */
    const struct taskset *taskset;
    const struct config *config; /* train.* and finetune.*, but for the seed */
    int64_t seed;                /* head, order, dropout */
    const char
        *folder; /* where rank 0 puts the model for transformers; NULL: nowhere */
    /* What is wished of it (train/wishes.h), beside signals: asked on each rank before
     * each step; NULL: nothing. */
    uint32_t (*look)(void *context);
    void *context;
};

/* Local.  About how many operations it is, and the hash of all that its outcome is a
 * function of. */
double tuning_work(const struct tuning *tuning);
void tuning_key(const struct tuning *tuning, char key[HASH_HEX_SIZE]);
/* Local.  78: its options do not fit the model or the task. */
int tuning_check(const struct tuning *tuning, struct err *err);
/* Collective over `group`.  A loss or an answer that is not finite is an outcome with a
 * fault, not an error.  -1: the weights do not fit the model (78), the folder cannot be
 * written (74, 78), it is wished to stop (75). */
int tuning_run(const struct tuning *tuning, struct comm *group, struct outcome *outcome,
               struct err *err);

#endif
