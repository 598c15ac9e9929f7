/* SPDX-License-Identifier: Apache-2.0 */
/* What one fine-tuning came to, in memory and as a pair of files, JOB.json and JOB.h5:
 * a job is done when its .json is there. */
#ifndef MPIBERT_TUNE_OUTCOME_H
#define MPIBERT_TUNE_OUTCOME_H

#include <stdint.h>

#include "io/predictions.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/tune/watch.h"

enum { OUTCOME_TEXTS = 5, OUTCOME_LOSSES = 100 };

/* A file of answers in words beside an outcome: JOB.NAME. */
struct outcome_text {
    struct str name, text; /* owned; name "squad.json"; empty: there is none */
};

/* Zero it to begin. */
struct outcome {
    char key[HASH_HEX_SIZE]; /* of all that it is a function of */
    int64_t seed, steps;
    /* The losses of its steps: means of equal shares of them, in turn. */
    double losses[OUTCOME_LOSSES];
    int loss_count;
    struct watch watch;          /* of its epochs, where they were watched */
    int64_t stopped;             /* the step that it was stopped after; 0: it was not */
    double seconds;              /* that it took */
    struct str fault;            /* why there are no predictions; empty: there are */
    char answers[HASH_HEX_SIZE]; /* hash of all logits: the same model to the bit */
    struct outcome_text said[OUTCOME_TEXTS]; /* written, and not read */
    struct prediction_sets dev;              /* a set of one run for each dev file */
};

/* Adds the loss of a step, from 1. */
void outcome_add_loss(struct outcome *outcome, int64_t step, double loss);
/* Local.  `path` without ".json"; the .h5 is written first.  74. */
int outcome_write(const struct outcome *outcome, const char *path, struct err *err);
/* Local.  1: it is there; 0: it is not; -1: 65 damaged, 74, or 78 if it has another
 * key. */
int outcome_read(struct outcome *outcome, const char *path, const char *key,
                 struct err *err);
void outcome_fini(struct outcome *outcome);
/* The next text that is empty. */
struct outcome_text *outcome_add_text(struct outcome *outcome);
/* Where such a file is: owned by the caller. */
void outcome_text_path(const char *path, const char *name, struct str *out);

#endif
