/* SPDX-License-Identifier: Apache-2.0 */
/* The machine by the clock: see peak.h. */
#include "src/bench/peak.h"

#include <omp.h>

#include "src/kernels/peak.h"
#include "src/kernels/precision.h"

enum { TRIAD_BYTES = 384 << 20 };

double bench_fma_peak(struct comm *comm) {
    double gflops = 0;
    comm_barrier(comm);
#pragma omp parallel reduction(+ : gflops)
    gflops += peak_fma_gflops(0.5);
    comm_sum_f64(comm, &gflops, 1);
    return gflops;
}

double bench_rounded_peak(struct comm *comm) {
    double gflops = 0;
    comm_barrier(comm);
#pragma omp parallel reduction(+ : gflops)
    gflops += peak_tile_gflops(precision_tiles(), 0.5);
    comm_sum_f64(comm, &gflops, 1);
    return gflops;
}

static bool all_have_tiles(struct comm *comm) {
    struct err none;
    double ranks = precision_start(false, &none) == 0;
    comm_sum_f64(comm, &ranks, 1);
    return (int)ranks == comm_size(comm);
}

void bench_peak(struct comm *comm, struct bench_peak *result) {
    result->fma_peak_gflops = bench_fma_peak(comm);
    result->rounded_peak_gflops = all_have_tiles(comm) ? bench_rounded_peak(comm) : 0;
    comm_barrier(comm);
    result->triad_gbytes = peak_triad_gbytes(TRIAD_BYTES, 1.0);
    comm_sum_f64(comm, &result->triad_gbytes, 1);
}
