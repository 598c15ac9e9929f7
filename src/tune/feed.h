/* SPDX-License-Identifier: Apache-2.0 */
/* The batches of a fine-tuning: examples in an order that is a function of the seed and
 * the epoch alone, or as they are.  The last batch of an epoch has what is left. */
#ifndef MPIBERT_TUNE_FEED_H
#define MPIBERT_TUNE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/batch.h"
#include "src/task/examples.h"

struct tune_feed {
    const struct examples *examples; /* borrowed */
    uint64_t seed;
    int64_t size; /* examples of a batch */
    /* These may be set before the first step. */
    bool in_order;              /* examples as they are, in every epoch */
    const float *class_weights; /* what each label's loss counts; borrowed; NULL: 1 */
    int rank, ranks;            /* whose share of each step it makes */

    int64_t epoch;               /* whose order lies here; -1: none yet */
    uint32_t *order;             /* (examples.count) owned */
    struct batch batch;          /* the last that was made; owned */
    float *counts;               /* (batch.max_M) owned: of its questions */
    int32_t *positions, *labels; /* (most_asked) owned: of one example */
};

void feed_init(struct tune_feed *feed, const struct examples *examples, int64_t size,
               uint64_t seed);
/* Steps of one epoch. */
int64_t feed_epoch_steps(const struct tune_feed *feed);
/* This rank's share of the batch of step `step`, counted from 1; until the next call.
 * Dropout is keyed by how many examples came before. */
const struct batch *feed_step(struct tune_feed *feed, int64_t step);
/* Examples first …, in the order of the file, as many as a batch takes and there are.
 */
const struct batch *feed_run(struct tune_feed *feed, int64_t first);
void feed_fini(struct tune_feed *feed);

#endif
