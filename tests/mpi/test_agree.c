/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whoever fails, all ranks must come out with the same verdict, code and words,
 * those of the lowest failing rank; and nobody may wait for ever. */
#include "mpi/agree.h"

#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "tests/tap.h"

/* Which ranks fail, as a bit mask. */
static void test_faults(struct comm *comm, unsigned failing) {
    int rank = comm_rank(comm), size = comm_size(comm), first = -1;
    for (int r = size - 1; r >= 0; r--)
        first = failing >> r & 1 ? r : first;
    struct err err = {0};
    int rc = 0;
    if (failing >> rank & 1)
        rc = err_set(&err, ERR_DATA + rank, "shard %d: torn", rank);
    rc = comm_agree(comm, rc, &err);
    is_int(rc, first < 0 ? 0 : -1, "failing %x of %d ranks: verdict", failing, size);
    is_int(err.code, first < 0 ? 0 : ERR_DATA + first, "code");
    char want[64] = "";
    if (first >= 0 && size > 1)
        snprintf(want, sizeof want, "rank %d: shard %d: torn", first, first);
    else if (first >= 0)
        snprintf(want, sizeof want, "shard %d: torn", first);
    is_str(err.text, want, "words");
    char once[sizeof err.text];
    memcpy(once, err.text, sizeof once);
    is_int(comm_agree(comm, rc, &err), rc, "agreed again: the same verdict");
    is_str(err.text, once, "and the same words");
}

static void test_no_words(struct comm *comm) {
    bool last = comm_rank(comm) == comm_size(comm) - 1;
    is_int(comm_agree(comm, last ? -1 : 0, NULL), -1, "a fault without err is a fault");
    is_int(comm_agree(comm, 0, NULL), 0, "and the next agreement is clean");
}

/* The last rank of each group of every second one fails. */
static void test_group(struct comm *comm) {
    struct comm *group = comm_split(comm, comm_rank(comm) % 2);
    bool last = comm_rank(group) == comm_size(group) - 1;
    double number = last ? comm_rank(comm) : 0;
    struct err err = {0};
    char want[64] = "torn";
    comm_max_f64(group, &number, 1);
    comm_agree(group, last ? err_set(&err, ERR_DATA, "torn") : 0, &err);
    if (comm_size(group) > 1)
        snprintf(want, sizeof want, "rank %d: torn", (int)number);
    is_str(err.text, want, "a group names the rank of the whole job");
    comm_leave(group);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    for (unsigned failing = 0; failing < 1u << comm_size(comm); failing++)
        test_faults(comm, failing);
    test_no_words(comm);
    test_group(comm);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
