/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a rank writes on the board every rank of the host reads in that rank's
 * part, with no call of MPI between; parts are in order of rank, zeroed and a line of
 * memory apart. */
#include "mpi/board.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "src/base/log.h"
#include "tests/tap.h"

struct part {
    atomic_int rank; /* 1 + that */
    char rest[100];
};

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    struct board *board = board_create(comm, sizeof(struct part));
    is_int(board_ranks(board), comm_size(comm), "all are on this host");
    is_int(board_own(board), comm_rank(comm), "in order of rank");
    struct part *own = board_part(board, board_own(board));
    is_int(atomic_load(&own->rank), 0, "zeroed");
    is_int((int64_t)((uintptr_t)own % 64), 0, "on a line of memory");
    atomic_store(&own->rank, 1 + comm_rank(comm));
    for (int i = 0; i < board_ranks(board); i++) {
        struct part *part = board_part(board, i);
        while (atomic_load(&part->rank) == 0)
            sched_yield();
        is_int(atomic_load(&part->rank), 1 + i, "what rank %d wrote", i);
    }
    board_destroy(board);
    board_destroy(NULL);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
