/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of several vectors in an order that only their number decides. */
#ifndef MPIBERT_MPI_SUM_H
#define MPIBERT_MPI_SUM_H

#include <stdbool.h>
#include <stddef.h>

/* A vector of floats, or of brain floats. */
struct addend {
    const void *data;
    bool narrow;
};

/* to[i] = Σ addends[k][i] for i < n, in floats: the first 2^j of the addends, with 2^j
 * the largest power of two below their number, are summed alike, the others alike, and
 * the two added.  So sums over 2^j neighbours, summed alike, are the same bits as all
 * at once.  `to` may be one of the addends.  Uses all threads. */
void sum_tree(const struct addend *addends, int count, size_t n, float *to);

#endif
