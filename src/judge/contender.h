/* SPDX-License-Identifier: Apache-2.0 */
/* What `compare` is given on one side: predictions, results or scores of some runs, all
 * as sets of predictions.
 *
 *   a file of predictions (io/predictions.h)
 *   results.json of `finetune`: a set for each task and metric, of one score a seed;
 *     NaN where that is null, and of a seed that diverged
 *   a table, tab-separated: a row a run, its seed, then its score of each example.  A
 *     first row that begins with "seed" names the columns.  Rows of the same seed are
 *     runs of that seed.
 *   a folder: its predictions.h5 or, where that is not, its results.json; where
 *     neither is, those of the folders in it: of tasks, as `finetune` of several leaves
 *     them, or of one task by several models (the seeds of a family), which are then
 *     one set with the runs of all.  What results.json tells of seeds that diverged,
 *     and predictions.h5 cannot, is warned of. */
#ifndef MPIBERT_JUDGE_CONTENDER_H
#define MPIBERT_JUDGE_CONTENDER_H

#include "io/predictions.h"

/* 66: not there; 65: nothing of these, with the line; 74. */
int contender_read(const char *path, struct prediction_sets *sets, struct err *err);

/* The runs of a set that take part, by seed: those of the learning rate whose mean is
 * best, where there are several, but for runs without a score: fine-tunings that
 * diverged, answers for which the metric is not defined.  Owned; ends with
 * contender_fini. */
struct contender {
    double *scores; /* (runs) each run's */
    int *seed_of;   /* (runs) a place in seeds, or -1 */
    int64_t *seeds; /* (seed_count) in order */
    int seed_count;
    double rate; /* of which they are; only if rates > 1 */
    int rates;
    int lost;              /* runs of that rate that have no score */
    struct str lost_seeds; /* theirs: "3, 7" */
};

/* Which seed is the accident that is asked about. */
enum contender_seed { CONTENDER_PRETRAINING, CONTENDER_FINETUNING };

/* Whether the runs are of several pretraining seeds. */
bool contender_is_family(const struct predictions *set);
/* scores[runs]: each run's, NaN where there is none.  65: several models in a set, no
 * run that has a score. */
int contender_init(struct contender *contender, const struct predictions *set,
                   const double *scores, enum contender_seed seed, struct err *err);
void contender_fini(struct contender *contender);

#endif
