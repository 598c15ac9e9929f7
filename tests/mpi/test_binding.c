/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: where a host has a core for each rank, no two ranks end on one core, and a
 * rank alone has as many threads as it may use cores; where it has not, nobody is
 * bound. */
#include "mpi/binding.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/log.h"
#include "tests/tap.h"

/* Ranks that may run on each processor. */
static void count_ranks(struct comm *comm, uint64_t ranks[CPU_SETSIZE]) {
    cpu_set_t own;
    sched_getaffinity(0, sizeof own, &own);
    for (int i = 0; i < CPU_SETSIZE; i++)
        ranks[i] = CPU_ISSET(i, &own) != 0;
    comm_sum_u64(comm, ranks, CPU_SETSIZE);
}

static int most(const uint64_t ranks[CPU_SETSIZE]) {
    uint64_t most = 0;
    for (int i = 0; i < CPU_SETSIZE; i++)
        most = ranks[i] > most ? ranks[i] : most;
    return (int)most;
}

static void test_one_thread(struct comm *comm) {
    uint64_t before[CPU_SETSIZE], after[CPU_SETSIZE];
    setenv("OMP_NUM_THREADS", "1,2", 1);
    struct binding *binding = binding_create(comm);
    is_int(binding_threads(binding), 1, "as many threads as asked for");
    count_ranks(comm, before);
    binding_apply(binding, 1); /* a thread too many stays where it is */
    count_ranks(comm, after);
    ok(memcmp(before, after, sizeof before) == 0,
       "nothing to do for a thread too many");
    binding_apply(binding, 0);
    count_ranks(comm, after);
    bool told = comm_rank(comm) == 0;
    ok((binding_text(binding)[0] != '\0') == told, "rank 0 says where: %s",
       binding_text(binding));
    uint64_t shared = strstr(binding_text(binding), "not bound") != NULL;
    comm_sum_u64(comm, &shared, 1);
    if (shared)
        ok(memcmp(before, after, sizeof before) == 0, "shared cores: nobody is bound");
    else
        is_int(most(after), 1, "a core has one rank");
    binding_destroy(binding);
}

static void test_without_number(struct comm *comm) {
    unsetenv("OMP_NUM_THREADS");
    setenv("HWLOC_SYNTHETIC", "numa:2 core:6 pu:2", 1);
    struct binding *binding = binding_create(comm);
    is_int(binding_threads(binding), 12 / comm_size(comm), "12 cores shared out");
    ok((strstr(binding_warnings(binding), "NUMA") != NULL) ==
           (comm_rank(comm) == 0 && comm_size(comm) % 2 == 1),
       "a warning where a rank spans domains");
    binding_apply(binding, 0);
    binding_destroy(binding);
}

static void test_user_binds(struct comm *comm) {
    uint64_t before[CPU_SETSIZE], after[CPU_SETSIZE];
    unsetenv("HWLOC_SYNTHETIC");
    setenv("OMP_PROC_BIND", "false", 1);
    struct binding *binding = binding_create(comm);
    count_ranks(comm, before);
    binding_apply(binding, 0);
    count_ranks(comm, after);
    ok(memcmp(before, after, sizeof before) == 0, "OMP_PROC_BIND is obeyed");
    binding_destroy(binding);
}

int main(int argc, char **argv) {
    struct err err;
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    unsetenv("OMP_PROC_BIND"), unsetenv("OMP_PLACES");
    test_user_binds(comm);
    unsetenv("OMP_PROC_BIND");
    test_without_number(comm);
    unsetenv("HWLOC_SYNTHETIC");
    test_one_thread(comm);
    comm_destroy(comm);
    return tap_done();
}
