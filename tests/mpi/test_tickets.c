/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: each number is handed out once and none is left out, whoever asks how often.
 */
#include "mpi/tickets.h"

#include "tests/tap.h"

enum { WORK = 100 };

int main(int argc, char **argv) {
    struct comm *comm = comm_create(&argc, &argv, NULL);
    int rank = comm_rank(comm), size = comm_size(comm);
    double taken[WORK] = {0};
    int64_t last = -1;
    bool rising = true;
    tap_quiet(rank != 0);
    struct tickets *tickets = tickets_create(comm);
    for (int64_t n; (n = tickets_take(tickets)) < WORK; last = n) {
        taken[n]++;
        rising &= n > last;
        tickets_poll(tickets);
    }
    ok(rising, "numbers rise");
    comm_sum_f64(comm, taken, WORK);
    bool once = true;
    for (int i = 0; i < WORK; i++)
        once &= taken[i] == 1;
    ok(once, "each was taken once");
    comm_barrier(comm);
    is_int(tickets_take(tickets) >= WORK + size, true, "what comes after is no work");
    tickets_destroy(tickets);
    tickets_destroy(NULL);
    comm_destroy(comm);
    return tap_done();
}
