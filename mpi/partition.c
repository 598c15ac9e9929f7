/* SPDX-License-Identifier: Apache-2.0 */
/* Contiguous runs: see partition.h. */
#include "mpi/partition.h"

#include "src/base/die.h"

/* floor(rank * n / size) without the product, which may not fit. */
static int64_t first_of(int64_t n, int rank, int size) {
    return n / size * rank + n % size * rank / size;
}

struct share partition(int64_t n, int rank, int size) {
    CHECK(n >= 0 && size > 0 && rank >= 0 && rank < size);
    int64_t first = first_of(n, rank, size);
    return (struct share){first, first_of(n, rank + 1, size) - first};
}
