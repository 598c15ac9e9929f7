/* SPDX-License-Identifier: Apache-2.0 */
/* A run that trains in milliseconds: text, vocabulary and configuration in a folder of
 * rank 0 that all ranks know; and what a test asks of such runs. */
#ifndef MPIBERT_TESTS_SMALLRUN_H
#define MPIBERT_TESTS_SMALLRUN_H

#include "mpi/binding.h"
#include "mpi/comm.h"
#include "src/core/config.h"
#include "src/train/session.h"

struct smallrun {
    struct comm *comm; /* borrowed */
    struct config config;
    struct binding *binding;
    char folder[256]; /* text.txt, vocab.txt; of checkpoints: run */
};

/* Collective.  Pairs of 24 tokens, 4 lanes of 2, 6 steps, a model of one layer. */
void smallrun_init(struct smallrun *run, struct comm *comm, const char *name);
/* Sets an option, or ends the test. */
void smallrun_set(struct smallrun *run, const char *key, const char *value);
/* Collective.  Another checkpoint.dir below the folder. */
void smallrun_enter(struct smallrun *run, const char *dir);
/* Collective.  Writes a file below the folder, by rank 0. */
void smallrun_write(struct smallrun *run, const char *name, const char *text);
/* Collective.  Writes text.txt and vocab.txt again, as they were. */
void smallrun_inputs(struct smallrun *run);
/* So many documents of four sentences, a blank line after each; owned. */
char *smallrun_text(int documents, int seed);
/* Collective.  Trains to train.steps. */
int smallrun_run(struct smallrun *run, struct err *err);
/* Collective.  As that; the hash of what the newest checkpoint holds, or
 * "CODE: words" of a failure. */
void smallrun_train(struct smallrun *run, char result[1100]);
/* Collective.  What lies in checkpoint.dir, in order, checkpoints as their steps:
 * "0 4 checkpoint-000000002.h5.bad metrics.jsonl". */
void smallrun_list(struct smallrun *run, char list[512]);
void smallrun_fini(struct smallrun *run);

#endif
