/* SPDX-License-Identifier: Apache-2.0 */
/* What a step of a run is worth on tasks: scores by name, as a text that goes from rank
 * to rank, as a line of evaluations.jsonl, and as a line of the log.  Local. */
#ifndef MPIBERT_TRAIN_SCORECARD_H
#define MPIBERT_TRAIN_SCORECARD_H

#include <stdbool.h>

#include "io/metrics.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/base/str.h"

/* What is scored, and how. */
struct judged {
    int64_t step, seeds; /* seeds: fine-tunings of each task */
    int64_t left_out;    /* checkpoints that were not judged, since the line before */
    char key[HASH_HEX_SIZE]; /* the hash of all that the scores are a function of */
};

void scorecard_begin(struct str *scorecard, const struct judged *judged);
/* Appends a score, "rte", "accuracy": its mean and deviation over seeds; NaN where it
 * is not defined. */
void scorecard_add(struct str *scorecard, const char *task, const char *metric,
                   double mean, double deviation);
/* {"step": 400, "probe_seeds": 3, "probe_left_out": 1, "probe_key": "…",
 * "rte_accuracy": 0.57, "rte_accuracy_std": …}; 74. */
int scorecard_write(const struct str *scorecard, struct metrics *metrics,
                    struct err *err);
/* Whether a file of such lines has one of the step, and of the same weights, tasks,
 * options and seeds. */
bool scorecard_is_in(const char *path, int64_t step, const char *key);
/* Appends "tasks at step 400: rte accuracy 0.5700  mrpc f1 …". */
void scorecard_tell(const struct str *scorecard, struct str *line);

#endif
