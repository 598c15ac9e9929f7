/* SPDX-License-Identifier: Apache-2.0 */
/* How kernels share work: each thread of a parallel region takes one contiguous range.
 * Only what gives the same result however it is split is split: rows, or the columns of
 * sums down rows. */
#ifndef MPIBERT_KERNELS_PARALLEL_H
#define MPIBERT_KERNELS_PARALLEL_H

#include <omp.h>
#include <stdint.h>

/* Elements below which waking other threads costs more than they help. */
enum { PARALLEL_MIN = 16384 };

struct range {
    int64_t begin, end;
};

/* The calling thread's share of 0 … n-1, in whole grains: 16 floats are a line. */
static inline struct range parallel_share(int64_t n, int64_t grain) {
    int64_t grains = (n + grain - 1) / grain;
    int64_t threads = omp_get_num_threads(), me = omp_get_thread_num();
    int64_t begin = grains * me / threads * grain;
    int64_t end = grains * (me + 1) / threads * grain;
    return (struct range){begin, end < n ? end : n};
}

#endif
