/* SPDX-License-Identifier: Apache-2.0 */
/* The data of a run without its computation, to judge order, cost and mixture; and with
 * it, to judge what reading costs the steps. */
#ifndef MPIBERT_BENCH_LOADER_H
#define MPIBERT_BENCH_LOADER_H

#include <stdint.h>

#include "src/data/reading.h"
#include "src/train/dataset.h"

/* Sums over all ranks of what was done since the dataset was opened. */
struct bench_loader {
    int64_t first, step; /* step before the first, and the last */
    uint64_t order; /* a hash of all batches from step 1 on, the same on any ranks */
    uint64_t tokens, sequences, masked;
    struct reading_sum reading;
    double seconds, waited;  /* wall; waited is of the mean rank */
    double processor;        /* seconds of all ranks' processors */
    double peak_bytes;       /* of all ranks' memory */
    double least, most;      /* epochs that lanes have finished */
    uint64_t *source_tokens; /* (data.sources), owned */
};

/* Collective.  Makes batches up to step `steps`, of a dataset that dataset_open
 * opened. With `cursor` (a path) it goes on from what is in that file, if it is there,
 * and puts there where it ended: 65 if it is no such file, 78 if it is of other
 * data. */
int bench_loader(struct dataset *dataset, int64_t steps, const char *cursor,
                 struct bench_loader *result, struct err *err);
void bench_loader_fini(struct bench_loader *result);

/* Seconds of windows of steps whose batches are read as they go, each followed by the
 * same steps on the same batches. */
struct bench_against {
    double read, kept; /* of a step, over all windows */
    double slower;     /* median over pairs of windows of read / kept - 1 */
    double dearer; /* the same of processors' time, whatever else they do; ranks that
                      wait for each other use that too, so one rank tells best */
    double waited, batched,
        used; /* shares of the time of reading windows: waiting for data,
                 making batches, and used by reading; of the mean rank */
};

/* Collective.  Trains on new weights: `windows` pairs of `steps` steps. */
int bench_loader_against(struct dataset *dataset, int64_t windows, int64_t steps,
                         struct bench_against *result, struct err *err);

#endif
