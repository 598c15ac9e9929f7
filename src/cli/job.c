/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of several ranks: see job.h. */
#include "src/cli/job.h"

#include <omp.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "mpi/agree.h"
#include "src/base/log.h"

/* Unless the user says, the processors that a rank may use are shared by the ranks that may
 * use them too: an unbound rank on a host of n ranks gets an n-th of them.  More threads
 * than processors would wait for each other in every product. */
static void share_processors(const struct comm *comm) {
    cpu_set_t own;
    if (getenv("OMP_NUM_THREADS") || sched_getaffinity(0, sizeof own, &own) != 0)
        return;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    long share = online / comm_node_size(comm), bound = CPU_COUNT(&own);
    long threads = share < bound ? share : bound;
    omp_set_num_threads(threads > 1 ? (int)threads : 1);
}

int job_begin(struct comm **comm, int argc, char **argv, int rc, struct err *err) {
    struct err start;
    *comm = comm_create(&argc, &argv, &start);
    if (*comm != NULL) {
        share_processors(*comm);
        return comm_agree(*comm, rc, err);
    }
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
