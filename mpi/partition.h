/* SPDX-License-Identifier: Apache-2.0 */
/* Contiguous, nearly equal runs of things to ranks. */
#ifndef MPIBERT_MPI_PARTITION_H
#define MPIBERT_MPI_PARTITION_H

#include <stdint.h>

struct share {
    int64_t first, count;
};

/* Rank r of `size` owns [r·n/size, (r+1)·n/size). */
struct share partition(int64_t n, int rank, int size);

#endif
