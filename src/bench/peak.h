/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine can do: products and memory, of all ranks and threads together. */
#ifndef MPIBERT_BENCH_PEAK_H
#define MPIBERT_BENCH_PEAK_H

#include "mpi/comm.h"

struct bench_peak {
    double fma_peak_gflops, triad_gbytes;
    double rounded_peak_gflops; /* of bf16; 0: some rank has no tiles of it */
};

/* Collective. */
void bench_peak(struct comm *comm, struct bench_peak *result);
/* Collective.  The FMA part alone, in about half a second. */
double bench_fma_peak(struct comm *comm);
/* Collective.  The same of products of bf16 (kernels/precision.h). */
double bench_rounded_peak(struct comm *comm);

#endif
