/* SPDX-License-Identifier: Apache-2.0 */
/* A board: memory that the ranks of a host share, a part for each.  All of them may
 * read and write all of it at any time, from any thread, with no call of MPI: so it is
 * for atomics alone. */
#ifndef MPIBERT_MPI_BOARD_H
#define MPIBERT_MPI_BOARD_H

#include <stddef.h>

#include "mpi/comm.h"

struct board; /* opaque */

/* Collective.  `bytes` for each rank, the same on all, zeroed, aligned to 64. */
struct board *board_create(struct comm *comm, size_t bytes);
/* Local.  How many of the ranks are on this host, and which of those this one is. */
int board_ranks(const struct board *board);
int board_own(const struct board *board);
/* Local.  The part of the i-th of them, in order of rank. */
void *board_part(const struct board *board, int i);
/* Collective.  Accepts NULL. */
void board_destroy(struct board *board);

#endif
