/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the ranks of a node share: a part of each, which all may read and write.
 * For mpi/ alone. */
#ifndef MPIBERT_MPI_WINDOW_H
#define MPIBERT_MPI_WINDOW_H

#include <mpi.h>
#include <stddef.h>

struct window {
    MPI_Win win;  /* MPI_WIN_NULL: one rank alone, memory of its own */
    size_t bytes; /* of this rank's part */
    char **parts; /* (ranks of the node) owned: where each part begins here */
};

/* Collective over the node.  `bytes` of each rank (they may differ), zeroed, aligned
 * to 64. Out of memory, or of room in the system's shared memory, is the end. */
void window_init(struct window *window, MPI_Comm node, size_t bytes);
/* Collective over the node. */
void window_fini(struct window *window);

#endif
