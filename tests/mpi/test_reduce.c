/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: after reduce_end every span must hold the sum over ranks, elements of no span
 * must be as they were, and a second sum of the same numbers must give the same bits. */
#include "mpi/reduce.h"

#include <string.h>

#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { COUNT = 100003 };

/* From the end to the beginning, as backward goes; [50000, 50011) is in none. */
static const struct span spans[] = {
    {100002, 1}, {50011, 49991}, {50011, 0}, {7, 49993}, {0, 7},
};

static void fill(float *block, int rank) {
    struct rng rng;
    rng_init(&rng, 3, RNG_TEST, (uint64_t)rank, 0);
    for (int i = 0; i < COUNT; i++)
        block[i] = (float)(rng_normal(&rng) + i % 10);
}

static void sum(struct comm *comm, float *block) {
    struct reducer *reducer = reducer_create(comm, block, COUNT);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        reduce_begin(reducer, spans[i]);
    reduce_end(reducer);
    ok(reduce_seconds(reducer) >= 0, "time was counted");
    ok(reduce_seconds(reducer) == 0, "and handed out once");
    reducer_destroy(reducer);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    int rank = comm_rank(comm), size = comm_size(comm);
    tap_quiet(rank != 0);
    float *block = mem_alloc(COUNT, sizeof *block),
          *again = mem_alloc(COUNT, sizeof *again);
    double *want = mem_alloc(COUNT, sizeof *want);
    for (int r = 0; r < size; r++) {
        fill(block, r);
        for (int i = 0; i < COUNT; i++)
            want[i] += block[i];
    }
    fill(block, rank);
    fill(again, rank);
    for (int i = 50000; i < 50011; i++)
        want[i] = block[i];
    sum(comm, block);
    double worst = 0;
    for (int i = 0; i < COUNT; i++) {
        double off = block[i] - want[i];
        worst = off > worst ? off : -off > worst ? -off : worst;
    }
    ok(worst < 1e-5 * size, "sums over %d ranks, worst error %g", size, worst);
    sum(comm, again);
    ok(memcmp(block, again, COUNT * sizeof *block) == 0, "the same bits again");
    mem_free(block), mem_free(again), mem_free(want);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
