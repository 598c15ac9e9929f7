/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics, a row each.  A metric is two functions: one counts what an example adds
 * to a tally of a few numbers, the other makes the score of the tally of all.  So the
 * score of any draw of examples, some of them several times, is that of a sum.
 *
 * Scores are scikit-learn's, SciPy's and seqeval's, also where those have a rule for
 * what is not defined: 0 for F1, precision, recall and Matthews' coefficient; NaN for a
 * correlation with a constant, and for no examples at all. */
#ifndef MPIBERT_JUDGE_METRIC_H
#define MPIBERT_JUDGE_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/core/predictions.h"
#include "src/judge/entities.h"

/* An example of a set with one run's answers. */
struct answered {
    const float *gold, *predicted;
    int64_t questions;
    int labels;
    const struct tag *tags;         /* (labels) of metrics of entities */
    double gold_mean, answers_mean; /* of numbers */
    struct entity *entities[2];     /* scratch (questions) */
};

struct metric {
    const char *name;  /* as it is asked for: "matthews" */
    const char *title; /* as people write it */
    unsigned kinds;    /* of predictions that it judges: bits 1 << kind */
    /* A tally has so many numbers, and so many more for each label. */
    int numbers, numbers_of_label;
    void (*count)(const struct answered *example, double *tally);
    double (*score)(const double *tally, int labels);
    bool ranks;    /* its numbers are to be made ranks first */
    bool entities; /* its tags are of this scheme */
    enum entities_scheme scheme;
};

extern const struct metric metrics[]; /* ends with a NULL name */

/* A name has a row for each way in which answers of some kinds are counted; this is the
 * first.  64 for a name that is none, with those that are. */
const struct metric *metric_find(struct slice name, struct err *err);
/* From such a row on, the one of that name that judges a kind of predictions; NULL:
 * none does. */
const struct metric *metric_for(const struct metric *first, enum predictions_kind kind);

#endif
