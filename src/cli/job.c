/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of several ranks: see job.h. */
#include "src/cli/job.h"

#include "mpi/agree.h"
#include "src/base/log.h"

int job_begin(struct comm **comm, int argc, char **argv, int rc, struct err *err) {
    struct err start;
    *comm = comm_create(&argc, &argv, &start);
    if (*comm != NULL)
        return comm_agree(*comm, rc, err);
    if (rc == 0)
        *err = start;
    return -1;
}

int job_end(struct comm *comm, int rc, struct err *err) {
    if (comm == NULL)
        return rc;
    if (rc < 0)
        log_error(err);
    comm_destroy(comm); /* ranks wait for each other in it */
    return rc;
}
