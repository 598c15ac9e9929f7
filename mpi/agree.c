/* SPDX-License-Identifier: Apache-2.0 */
/* One rank's fault becomes everybody's: see agree.h. */
#include "mpi/agree.h"

#include <stdbool.h>
#include <stdio.h>

/* An error that was agreed on before already says whose it is. */
static bool names_rank(const char *text) {
    int rank;
    char colon;
    return sscanf(text, "rank %d%c", &rank, &colon) == 2 && colon == ':';
}

int comm_agree(struct comm *comm, int rc, struct err *err) {
    int rank = comm_rank(comm), size = comm_size(comm);
    /* The lowest failing rank is the greatest of the negated ones. */
    double worst = rc < 0 ? -rank : -size;
    comm_max_f64(comm, &worst, 1);
    int first = (int)-worst;
    if (first == size)
        return 0;
    struct err shared = {.code = ERR_INTERNAL, .text = "failed without a word"};
    if (rank == first && err)
        shared = *err;
    comm_broadcast(comm, &shared, sizeof shared, first);
    if (size > 1 && !names_rank(shared.text))
        err_prefix(&shared, "rank %d", first);
    if (err)
        *err = shared;
    return -1;
}
