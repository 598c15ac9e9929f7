/* SPDX-License-Identifier: Apache-2.0 */
/* All data of a task, read for one model: labels, the training file, the files to judge
 * by.  Local. */
#ifndef MPIBERT_TASK_TASKSET_H
#define MPIBERT_TASK_TASKSET_H

#include <stdint.h>

#include "src/base/hash.h"
#include "src/core/predictions.h"
#include "src/task/readers.h"

struct taskset {
    struct task task;
    struct labels labels; /* none for TASK_REGRESS */
    struct examples train, dev[TASK_DEVS], test[TASK_TESTS];
    int dev_count, test_count;
    struct str paths[1 + TASK_DEVS]; /* of the files: train, dev … */
    char hash[HASH_HEX_SIZE];        /* of these files */
    char test_hash[TASK_TESTS][HASH_HEX_SIZE];
};

struct taskset_options {
    const char *name, *dir;      /* dir: one, or several (task_find_file) */
    const struct config *config; /* task.*, train.sequence_length; borrowed until
                                  * taskset_close */
    const struct vocab *vocab;
    const struct normalizer_options *normalizer;
    bool tests; /* test files are read, too */
};

/* Reads it.  64, 78: as task_init, or a task without test files; 66: a file is not
 * there; 65: as readers_file, or a training file all of whose labels are the same. */
int taskset_open(struct taskset *taskset, const struct taskset_options *options,
                 struct err *err);
/* Columns of the head: labels, or 1. */
int64_t taskset_width(const struct taskset *taskset);
/* A set of predictions for the questions of dev file i, without runs; zero it before.
 */
void taskset_questions(const struct taskset *taskset, int i, struct predictions *set);
/* Appends the name of the file in which a model's answers to test file i are kept:
 * "CoLA.0123456789abcdef.tsv", with the hash of that file, so that answers to another
 * one are not taken for them. */
void taskset_answers_name(const struct taskset *taskset, int i, struct str *name);
/* Says on standard error, once, what was cut or lost. */
void taskset_tell(const struct taskset *taskset);
void taskset_close(struct taskset *taskset);

#endif
