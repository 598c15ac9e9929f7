/* SPDX-License-Identifier: Apache-2.0 */
/* All-gather of the weights: see gather.h.  On a node nothing is copied, since its
 * ranks write into the same block; between nodes a slice goes to the one rank of each
 * other node that has charge of it, straight into that node's weights.  Each rank says
 * by a flag how many buckets are in place as far as it is concerned: its slices, and
 * those it has charge of. */
#include "mpi/gather.h"

#include <sched.h>

#include "mpi/reducer_parts.h"
#include "src/base/die.h"
#include "src/base/pulse.h"
#include "src/base/timer.h"

/* Buckets in the order in which they are gathered. */
static int bucket_at(const struct reducer *r, int place) {
    return r->shards.count - 1 - place;
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
                      team_worker(&r->team, node, r->team.rank), bucket % TAGS,
                      r->team.all, &slot->requests[slot->count++]);
}

bool gather_advance(struct reducer *r) {
    int before = r->sent + r->come;
    for (; r->sent < r->moved && r->sent < r->come + SLOTS; r->sent++) {
        struct slot *slot = &r->slots[r->sent % SLOTS];
        slot->count = 0;
        if (r->team.nodes == 1)
            continue;
        receive(r, slot, bucket_at(r, r->sent));
        send(r, slot, bucket_at(r, r->sent));
    }
    while (r->come < r->sent && reducer_slot_is_done(&r->slots[r->come % SLOTS]))
        r->come++;
    atomic_store_explicit(&r->flags[r->team.local]->come,
                          r->gathered + (uint64_t)r->come, memory_order_release);
    return r->sent + r->come > before;
}

void gather_begin(struct reducer *r, int bucket) {
    CHECK(!r->open && bucket == bucket_at(r, r->moved));
    double start = timer_now();
    r->moved++;
    gather_advance(r);
    r->seconds += timer_now() - start;
}

/* How many buckets lie before the end of a span, or across it. */
static int buckets_until(const struct reducer *r, struct span span) {
    int count = 0;
    while (count < r->shards.count &&
           r->shards.buckets[bucket_at(r, count)].offset < span.offset + span.count)
        count++;
    return count;
}

static bool is_in_place(const struct reducer *r, int count) {
    uint64_t want = r->gathered + (uint64_t)count;
    for (int i = 0; i < r->team.locals; i++)
        if (atomic_load_explicit(&r->flags[i]->come, memory_order_acquire) < want)
            return false;
    return true;
}

void gather_wait(struct reducer *r, struct span span) {
    if (r->moved == 0)
        return;
    double start = timer_now();
    int count = buckets_until(r, span);
    pulse_wait(PULSE_WEIGHTS);
    while (!is_in_place(r, count))
        if (!gather_advance(r))
            sched_yield();
    pulse_go();
    r->seconds += timer_now() - start;
}

void gather_end(struct reducer *r) {
    if (r->moved == 0)
        return;
    CHECK(r->moved == r->shards.count);
    gather_wait(r, (struct span){0, r->options.total});
    while (r->come < r->moved) /* what this rank sends may be the last */
        gather_advance(r);
    r->gathered += (uint64_t)r->shards.count;
    r->moved = r->sent = r->come = 0;
}
