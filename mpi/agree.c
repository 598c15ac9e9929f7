/* SPDX-License-Identifier: Apache-2.0 */
/* One rank's fault becomes everybody's: see agree.h. */
#include "mpi/agree.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "src/base/log.h"

/* An error that was agreed on before already says whose it is: "rank 1: …", "rank 1 on
 * node2: …". */
static bool names_rank(const char *text) {
    int rank, end = 0;
    if (sscanf(text, "rank %d%n", &rank, &end) < 1)
        return false;
    return text[end] == ':' || strncmp(text + end, " on ", 4) == 0;
}

/* By its number in the whole job.  A job on one host need not say which.  To be stopped
 * is no rank's fault. */
static void name_rank(struct err *err, struct comm *comm, int rank) {
    struct str host = {0};
    int number = log_rank();
    if (err->code == ERR_STOPPED)
        return;
    comm_broadcast(comm, &number, sizeof number, rank);
    str_printf(&host, " on %s", comm_host(comm));
    comm_broadcast_str(comm, &host, rank);
    bool several = comm_size(comm) > comm_node_size(comm);
    if (comm_size(comm) > 1 && !names_rank(err->text))
        err_prefix(err, "rank %d%s", number, several ? host.data : "");
    str_fini(&host);
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
    name_rank(&shared, comm, first);
    if (err)
        *err = shared;
    return -1;
}
