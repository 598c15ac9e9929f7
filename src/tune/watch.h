/* SPDX-License-Identifier: Apache-2.0 */
/* The scores of a fine-tuning on its dev files, epoch by epoch: which was the best, and
 * whether it is time to stop.  Local. */
#ifndef MPIBERT_TUNE_WATCH_H
#define MPIBERT_TUNE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Zero it to begin. */
struct watch {
    double *scores;       /* (epochs) owned */
    int64_t epochs, best; /* how many there were; the best one's number, from 1 */
};

/* The score of the next epoch; NaN is less than any.  Whether it is the best: of equals
 * the first is. */
bool watch_add(struct watch *watch, double score);
/* Whether the last `patience` epochs were all no better than one before them. */
bool watch_is_over(const struct watch *watch, int64_t patience);
void watch_fini(struct watch *watch);

#endif
