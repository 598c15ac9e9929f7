/* SPDX-License-Identifier: Apache-2.0 */
/* What a task's fine-tunings came to together: a line a metric over seeds, and the
 * files OUT/predictions.h5 and OUT/results.json.  Local. */
#ifndef MPIBERT_TUNE_RESULTS_H
#define MPIBERT_TUNE_RESULTS_H

#include <stdbool.h>

#include "io/predictions.h"
#include "io/syntax/json.h"
#include "src/tune/farm.h"

/* One metric over the seeds that ended well; NaN where it is not defined for one. */
struct results_line {
    struct str name; /* "accuracy", "accuracy_matched" where there are several sets */
    double *values;  /* (n) owned */
    double mean, deviation, median, best; /* deviation: of a sample, over n - 1 */
    double majority; /* of who always gives the most frequent answer */
};

/* A seed of which there is no answer. */
struct results_fault {
    int64_t seed;
    struct str why; /* owned */
};

struct results {
    const struct farm_task *task; /* borrowed, as recipe */
    const char *recipe;
    int64_t *seeds; /* (n) owned: those that ended well */
    int n;
    struct results_fault *faults; /* (fault_count) owned */
    int fault_count;
    struct prediction_sets dev; /* a run for each of the n */
    struct results_line *lines; /* (line_count) owned */
    int line_count;
    int stopped;  /* seeds that ended before their last epoch */
    int constant; /* seeds that gave one answer to all questions of a set */
};

/* Reads the outcomes of all seeds, which are there.  -1: one is damaged. */
int results_init(struct results *results, const struct farm *farm,
                 const struct farm_task *task, struct err *err);
/* Writes both files, each whole or not at all. */
int results_write(const struct results *results, struct err *err);
/* Appends the object of results.json. */
void results_json(const struct results *results, struct json_writer *out);
void results_fini(struct results *results);

#endif
