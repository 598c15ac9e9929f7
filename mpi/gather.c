/* SPDX-License-Identifier: Apache-2.0 */
/* All-gather of the weights: see gather.h.  On a node there is nothing to do, since its ranks
 * write into the same block; between nodes a slice goes to the one rank of each other node that
 * has charge of it, straight into that node's weights. */
#include "mpi/gather.h"

#include "mpi/reducer.h"
#include "src/base/timer.h"

static void wait_for(struct slot *slot) {
    MPI_Waitall(slot->count, slot->requests, MPI_STATUSES_IGNORE);
    slot->count = 0;
}

static void receive(struct reducer *r, struct slot *slot, int bucket) {
    for (int c = 0; c < r->charge_count; c++) {
        int owner = r->charges[c];
        struct span slice = shards_slice(&r->shards, bucket, owner);
        if (slice.count > 0 && r->team.node_of[owner] != r->team.own_node)
            MPI_Irecv(r->weights + slice.offset, (int)slice.count, MPI_FLOAT, owner,
                      bucket % TAGS, r->team.all, &slot->requests[slot->count++]);
    }
}

static void send(struct reducer *r, struct slot *slot, int bucket) {
    struct span own = shards_slice(&r->shards, bucket, r->team.rank);
    for (int node = 0; own.count > 0 && node < r->team.nodes; node++)
        if (node != r->team.own_node)
            MPI_Isend(r->weights + own.offset, (int)own.count, MPI_FLOAT,
                      team_worker(&r->team, node, r->team.rank), bucket % TAGS, r->team.all,
                      &slot->requests[slot->count++]);
}

void gather_begin(struct reducer *r, int bucket) {
    if (r->team.nodes == 1)
        return;
    double start = timer_now();
    struct slot *slot = &r->slots[bucket % SLOTS];
    wait_for(slot); /* of the bucket that had it before */
    receive(r, slot, bucket);
    send(r, slot, bucket);
    r->seconds += timer_now() - start;
}

void gather_end(struct reducer *r) {
    double start = timer_now();
    for (int i = 0; r->team.nodes > 1 && i < SLOTS; i++)
        wait_for(&r->slots[i]);
    if (r->team.locals > 1)
        MPI_Barrier(r->team.node);
    r->seconds += timer_now() - start;
}
