/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets: see tickets.h.  The next number lies in a window of rank 0, which all add to
 * by MPI_Fetch_and_op: no rank serves the others. */
#include "mpi/tickets.h"

#include <mpi.h>

#include "src/base/mem.h"

struct tickets {
    MPI_Comm all; /* borrowed */
    MPI_Win win;
    int64_t *next; /* of rank 0 */
};

struct tickets *tickets_create(struct comm *comm) {
    struct tickets *t = mem_alloc(1, sizeof *t);
    t->all = *(MPI_Comm *)comm_handle(comm);
    MPI_Win_allocate(comm_rank(comm) == 0 ? sizeof *t->next : 0, sizeof *t->next,
                     MPI_INFO_NULL, t->all, &t->next, &t->win);
    if (comm_rank(comm) == 0)
        *t->next = 0;
    MPI_Win_lock_all(0, t->win);
    MPI_Win_sync(t->win);
    MPI_Barrier(t->all);
    return t;
}

int64_t tickets_take(struct tickets *t) {
    int64_t one = 1, number = 0;
    MPI_Fetch_and_op(&one, &number, MPI_INT64_T, 0, 0, MPI_SUM, t->win);
    MPI_Win_flush(0, t->win);
    return number;
}

void tickets_poll(struct tickets *t) {
    int there;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, t->all, &there, MPI_STATUS_IGNORE);
}

void tickets_destroy(struct tickets *t) {
    if (t == NULL)
        return;
    MPI_Win_unlock_all(t->win);
    MPI_Win_free(&t->win);
    mem_free(t);
}
