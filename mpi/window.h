/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the ranks of a node share: a part of each, which all may read and write;
 * in large pages where the system gives them.  For mpi/ alone. */
#ifndef MPIBERT_MPI_WINDOW_H
#define MPIBERT_MPI_WINDOW_H

#include <mpi.h>
#include <stddef.h>

#include "src/base/shared.h"

struct window {
    size_t bytes; /* of this rank's part */
    size_t small; /* of these, how many lie in small pages, though there are many */
    char **parts; /* (ranks of the node) owned: where each part begins here */
    struct shared all; /* nothing: one rank alone, with memory of its own */
};

/* Collective over the node.  `bytes` of each rank (not 0 of all), zeroed, aligned
 * to 64. Out of memory, or of room in the system's shared memory, is the end. */
void window_init(struct window *window, MPI_Comm node, size_t bytes);
/* Local: what others have stays. */
void window_fini(struct window *window);

#endif
