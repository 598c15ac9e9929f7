/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: nodes with the same weights pass, whatever their number of ranks; one bit that
 * is another in one node, at the beginning, on the border of a piece or at the end, is
 * found by all ranks, with the same words, and the first rank of that node is named.
 * Of two nodes it is the one without rank 0. */
#include "mpi/replicas.h"

#include <stdio.h>
#include <string.h>

#include "src/base/log.h"
#include "tests/tap.h"

enum { TOTAL = (1 << 18) + 77 };

/* `node_ranks` ranks a node; the last node has other bits at `place`. */
static void test_place(struct comm *comm, int node_ranks, size_t place) {
    const struct reducer_options options = {.total = TOTAL, .node_ranks = node_ranks};
    struct reducer *reducer = reducer_create(comm, &options);
    int rank = comm_rank(comm), size = comm_size(comm);
    int first = (size - 1) / node_ranks * node_ranks; /* of the last node */
    uint32_t *bits = (uint32_t *)(void *)reducer_weights(reducer);
    struct err err = {0};
    comm_barrier(comm);
    is_int(replicas_check(reducer, &err), 0, "nodes of %d: all zeros", node_ranks);
    comm_barrier(comm);
    if (rank == first)
        bits[place] ^= 1;
    comm_barrier(comm);
    int want = first > 0 ? -1 : 0;
    is_int(replicas_check(reducer, &err), want, "  a bit at %zu", place);
    char words[64];
    snprintf(words, sizeof words, "(rank %d and those beside it)", first);
    ok(want == 0 || (err.code == 70 && strstr(err.text, words)), "  70: rank %d's node",
       first);
    comm_barrier(comm);
    if (rank == first)
        bits[place] ^= 1;
    comm_barrier(comm);
    is_int(replicas_check(reducer, &err), 0, "  mended");
    reducer_destroy(reducer);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    const size_t places[] = {0, (1 << 18) - 1, 1 << 18, TOTAL - 1};
    for (int node_ranks = 1; node_ranks <= 2; node_ranks++)
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            test_place(comm, node_ranks, places[i]);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
