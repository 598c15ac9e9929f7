/* SPDX-License-Identifier: Apache-2.0 */
/* The whole step of `train` on random ids, and where its time goes. */
#ifndef MPIBERT_BENCH_STEP_H
#define MPIBERT_BENCH_STEP_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/stage.h"
#include "src/core/config.h"

/* Of a rank: the mean of its threads.  Waiting threads are in STAGE_NONE. */
struct bench_stage {
    double least, mean, most; /* seconds a step, over ranks */
    double gflops; /* of products, of all ranks together while they are in it */
};

struct bench_step {
    double tokens_per_s, useful_gflops, executed_gflops;
    double fma_peak_gflops, percent_of_peak; /* in bf16: of its products */
    double step_seconds;                     /* median */
    double mean_seconds;                     /* what stages add up to */
    double state_bytes;      /* of a rank, for a parameter: all but activations, */
    double activation_bytes; /* which are these, of a rank */
    struct bench_stage stages[STAGES_COUNT];
};

/* Collective.  Dropout, masking at data.mask_prob, pairs, reduction, clipping, AdamW;
 * config gives the rest.  lengths: (batch) of this rank's sequences.  The middle of
 * `windows` of about a second each (or a step, if that takes longer). */
void bench_step(struct comm *comm, const struct config *config, int64_t vocab_size,
                const int32_t *lengths, int64_t batch, int windows,
                struct bench_step *result);

#endif
