/* SPDX-License-Identifier: Apache-2.0 */
/* A set of predictions laid out to be judged by one metric as often as wanted: what
 * each example adds to the tally of each run, side by side.  A draw of examples is
 * their weights (how often each was drawn), and the tallies of all runs are then one
 * product of the weights and the sheet. */
#ifndef MPIBERT_JUDGE_SHEET_H
#define MPIBERT_JUDGE_SHEET_H

#include <stdint.h>

#include "src/judge/metric.h"

/* Owned as a whole; ends with sheet_fini, also after a failure. */
struct sheet {
    const struct metric *metric; /* borrowed, as the set */
    const struct predictions *set;
    int width;        /* numbers of a tally */
    double *parts;    /* (examples, runs × width), unless the metric has ranks */
    double *values;   /* (1 + runs, examples) gold and answers of one with ranks */
    int64_t *order;   /* (1 + runs, examples) from the least of them on */
    double *ranks[2]; /* (examples) scratch */
};

/* 65: the metric does not judge such predictions, or a label is not of its scheme. */
int sheet_init(struct sheet *sheet, const struct predictions *set,
               const struct metric *metric, struct err *err);
/* scores[draws][runs] when example i counts weights[draw][i] times; many draws at once
 * cost less than one after the other, and give the same. */
void sheet_scores(struct sheet *sheet, const double *weights, int draws,
                  double *scores);
/* scores[runs] of all examples. */
void sheet_score(struct sheet *sheet, double *scores);
void sheet_fini(struct sheet *sheet);

/* What one would get who always gives the commonest right answer (each word's, each
 * example's, and of sets each label's); NaN where answers are no labels. */
double sheet_majority(const struct predictions *set, const struct metric *metric);
/* Whether a run gives one and the same answer to all questions, of which not all have
 * the same. */
bool sheet_is_constant(const struct predictions *set, int run);

#endif
