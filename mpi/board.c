/* SPDX-License-Identifier: Apache-2.0 */
/* A host's board: see board.h. */
#include "mpi/board.h"

#include <mpi.h>

#include "mpi/window.h"
#include "src/base/mem.h"

struct board {
    MPI_Comm host; /* owned */
    int ranks, own;
    struct window memory;
};

struct board *board_create(struct comm *comm, size_t bytes) {
    struct board *b = mem_alloc(1, sizeof *b);
    MPI_Comm all = *(MPI_Comm *)comm_handle(comm);
    MPI_Comm_split_type(all, MPI_COMM_TYPE_SHARED, comm_rank(comm), MPI_INFO_NULL,
                        &b->host);
    MPI_Comm_size(b->host, &b->ranks);
    MPI_Comm_rank(b->host, &b->own);
    window_init(&b->memory, b->host, bytes);
    return b;
}

int board_ranks(const struct board *b) { return b->ranks; }
int board_own(const struct board *b) { return b->own; }
void *board_part(const struct board *b, int i) { return b->memory.parts[i]; }

void board_destroy(struct board *b) {
    if (b == NULL)
        return;
    window_fini(&b->memory);
    MPI_Comm_free(&b->host);
    mem_free(b);
}
