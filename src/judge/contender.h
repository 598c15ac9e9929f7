/* SPDX-License-Identifier: Apache-2.0 */
/* What `compare` is given on one side: predictions, results or scores of some runs, all
 * as sets of predictions.
 *
 *   a file of predictions (io/predictions.h)
 *   results.json of `finetune`: a set for each task and metric, of one score a seed
 *   a table, tab-separated: a row a run, its seed, then its score of each example.  A
 *     first row that begins with "seed" names the columns.  Rows of the same seed are
 *     runs of that seed.
 *   a folder: its predictions.h5 or, where that is not, its results.json; where neither
 *     is, those of the folders in it, as `finetune` of several tasks leaves them */
#ifndef MPIBERT_JUDGE_CONTENDER_H
#define MPIBERT_JUDGE_CONTENDER_H

#include "io/predictions.h"

/* 66: not there; 65: nothing of these, with the line; 74. */
int contender_read(const char *path, struct prediction_sets *sets, struct err *err);

/* The runs of a set that take part, by seed: those of the learning rate whose mean is
 * best, where there are several.  Owned; ends with contender_fini. */
struct contender {
    int *seed_of;   /* (runs) a place in seeds, or -1 */
    int64_t *seeds; /* (seed_count) in order */
    int seed_count;
    double rate; /* of which they are; only if rates > 1 */
    int rates;
};

/* Which seed is the accident that is asked about. */
enum contender_seed { CONTENDER_PRETRAINING, CONTENDER_FINETUNING };

/* Whether the runs are of several pretraining seeds. */
bool contender_is_family(const struct predictions *set);
/* scores[runs]: each run's.  65: several models in a set, a score that is not
 * defined. */
int contender_init(struct contender *contender, const struct predictions *set,
                   const double *scores, enum contender_seed seed, struct err *err);
void contender_fini(struct contender *contender);

#endif
