/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints by the clock. */
#ifndef MPIBERT_BENCH_CHECKPOINT_H
#define MPIBERT_BENCH_CHECKPOINT_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/base/err.h"
#include "src/core/config.h"

struct bench_checkpoint {
    double bytes;                       /* weights and moments */
    double write_seconds, read_seconds; /* medians; of the slowest rank */
};

/* Collective.  Writes a checkpoint of the configured model under a name of its own in
 * the folder, as a run does (hashed, synced, renamed), has every rank read it all, as
 * one that resumes does (from the system's memory, most likely), and removes it; so
 * many times. */
int bench_checkpoint(struct comm *comm, const struct config *config, int64_t vocab_size,
                     const char *folder, int times, struct bench_checkpoint *result,
                     struct err *err);

#endif
