/* SPDX-License-Identifier: Apache-2.0 */
/* Many fine-tunings at once: tasks × seeds.  Each is a job of a group of finetune.ranks
 * ranks, which takes the next when it is done with one; long jobs come first.  What is
 * done lies in files, so that a farm that was killed goes on, and the results are the
 * same for any number of groups.
 *
 *   OUT/…                     of one task; of several each has a folder OUT/TASK/…,
 *                             and each cell of a grid OUT/…/cell-K/…
 *   OUT/jobs/seed-3.json,.h5  see outcome.h
 *   OUT/jobs/seed-3.CoLA.….tsv  answers to a test file (taskset_answers_name)
 *   OUT/seed-3/               the model as transformers loads it
 */
#ifndef MPIBERT_TUNE_FARM_H
#define MPIBERT_TUNE_FARM_H

#include "mpi/comm.h"
#include "src/task/taskset.h"
#include "src/infer/bundle.h"
#include "src/tune/outcome.h"

/* A task of the farm. */
struct farm_task {
    struct config config; /* the model's, the recipe's and what was asked for */
    struct taskset taskset;
    struct str cell; /* of finetune.grid, in words; empty: there is no grid */
    struct str dir;  /* OUT or OUT/TASK, with a grid OUT/…/cell-K */
};

/* What farm_run took. */
struct farm_usage {
    int64_t jobs; /* that were run, not found done */
    double seconds;
    double busy; /* seconds of all ranks that went into jobs */
};

struct farm {
    struct comm *comm;          /* borrowed */
    struct comm *group;         /* the ranks that do a job together, this one too */
    const struct config *asked; /* borrowed: finetune.*, task.*, what differs */
    struct bundle bundle;
    struct farm_task *tasks; /* (task_count) owned */
    int task_count;
    int64_t first_seed, seeds;
    struct farm_usage usage; /* after farm_run, the same on all ranks */
    /* Called by the first rank of the group that did a job; NULL: nobody. */
    void (*done)(const struct farm_task *task, const struct outcome *outcome);
    /* As struct tuning has it; NULL: nobody. */
    uint32_t (*look)(void *context);
    void *context;
    bool again; /* what was done from other weights or by other options is done again,
                 * and no fault */
    struct tickets *tickets; /* while it runs */
};

/* Collective.  Reads the model and all tasks, and refuses what cannot be done, before
 * anything is written: 64 a task or recipe that is none, 65 and 66 files, 78 options
 * that fine-tuning does not depend on, ranks that read different models, a number of
 * ranks that makes no groups.  On failure
 * *farm is finished. */
int farm_open(struct farm *farm, struct comm *comm, const struct config *asked,
              struct err *err);
/* Collective.  The same of the model that a run of this configuration begins with, in
 * place of finetune.from. */
int farm_open_new(struct farm *farm, struct comm *comm, const struct config *asked,
                  const struct config *run, struct err *err);
/* Collective.  Runs all jobs that are not done.  -1: a rank could not read or write, or
 * it is wished to stop (75). */
int farm_run(struct farm *farm, struct err *err);
/* Local, after farm_run: what seed number i of a task came to; -1 as outcome_read. */
int farm_outcome(const struct farm *farm, const struct farm_task *task, int64_t i,
                 struct outcome *outcome, struct err *err);
/* Local.  The hash of all that its results are a function of: weights, tasks, options,
 * seeds. */
void farm_key(const struct farm *farm, char key[HASH_HEX_SIZE]);
/* Appends "OUT/…/jobs/seed-3", where the files of a job are. */
void farm_job_path(const struct farm_task *task, int64_t seed, struct str *path);
void farm_close(struct farm *farm);

#endif
