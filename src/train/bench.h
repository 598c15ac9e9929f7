/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements of this machine and this program, in its own terms.  Each runs long enough to
 * be repeated (a few seconds) and says the middle of what it saw. */
#ifndef MPIBERT_TRAIN_BENCH_H
#define MPIBERT_TRAIN_BENCH_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/core/vocab.h"

/* The middle of n values, or the mean of the two in the middle; sorts them. */
double bench_median(double *values, int n);

/* Collective.  Of all ranks and threads together. */
struct bench_peak {
    double fma_peak_gflops, triad_gbytes;
};
void bench_peak(struct comm *comm, struct bench_peak *result);
/* The FMA part alone, in about half a second. */
double bench_fma_peak(struct comm *comm);

/* Local.  A text's second half (behind the line that holds the middle) on one core, in
 * processor time: with caches filled by its first half, and empty. */
struct bench_tokenize {
    double mb_per_s, mb_per_s_cold; /* medians */
    double tokens_per_s;            /* with filled caches */
    double unknown_share;           /* of the ids */
    uint64_t ids, bytes;            /* of the second half */
    uint64_t cache_bytes;           /* the most that caches may hold */
};
void bench_tokenize(const struct vocab *vocab, bool cased, struct slice text,
                    struct bench_tokenize *result);

#endif
