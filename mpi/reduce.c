/* SPDX-License-Identifier: Apache-2.0 */
/* Reduction: see reduce.h.
 *
 * A bucket goes through three stages, in order, pushed on by whoever calls reduce_poll:
 *
 *   begun   it is final on this rank; a flag tells the node
 *   summed  final on all ranks of the node: each sums the slices it has charge of, its
 *           own and those of its counterparts on other nodes, straight out of the
 *           others' gradients into its own, where nobody else reads them; and sends
 *           what is not its own
 *   done    the other nodes' sums of its own slice have come, and are added up
 *
 * MPI's nonblocking reductions are not used: Open MPI's go through one root.  Messages
 * here move only while somebody calls MPI, hence the polling. */
#include "mpi/reduce.h"

#include <sched.h>

#include "src/base/bf16.h"
#include "mpi/gather.h"
#include "mpi/reducer_parts.h"
#include "src/base/die.h"
#include "src/base/pulse.h"
#include "src/base/timer.h"

/* Seconds between looks at the network. */
static const double poll_pause = 20e-6;

/* The other nodes' sums of this rank's slice will lie in the slot, node by node. */
static void post(struct reducer *r, int bucket) {
    struct slot *slot = &r->slots[bucket % SLOTS];
    struct span own = shards_slice(&r->shards, bucket, r->team.rank);
    char *place = slot->in;
    slot->count = 0;
    for (int node = 0; own.count > 0 && node < r->team.nodes; node++) {
        if (node == r->team.own_node)
            continue;
        size_t bytes = own.count * reducer_width(r);
        MPI_Irecv(place, (int)bytes, MPI_BYTE,
                  team_worker(&r->team, node, r->team.rank), bucket % TAGS, r->team.all,
                  &slot->requests[slot->count++]);
        place += bytes;
    }
}

static bool is_final_in_node(const struct reducer *r, int bucket) {
    uint64_t want = r->reduced + (uint64_t)bucket + 1;
    for (int i = 0; i < r->team.locals; i++)
        if (atomic_load_explicit(&r->flags[i]->final, memory_order_acquire) < want)
            return false;
    return true;
}

static void send(struct reducer *r, int bucket, int charge, const float *sum,
                 size_t count) {
    struct slot *slot = &r->slots[bucket % SLOTS];
    const void *from = sum;
    if (r->options.narrow) {
        uint16_t *out = slot->out + (size_t)charge * r->slice;
        bf16_narrow(count, sum, out);
        from = out;
    }
    MPI_Isend(from, (int)(count * reducer_width(r)), MPI_BYTE, r->charges[charge],
              bucket % TAGS, r->team.all, &slot->requests[slot->count++]);
}

static void sum_in_node(struct reducer *r, int bucket) {
    int locals = r->team.locals;
    float *own = reducer_gradients(r);
    struct addend *addends = r->addends;
    for (int c = 0; c < r->charge_count; c++) {
        struct span slice = shards_slice(&r->shards, bucket, r->charges[c]);
        for (int i = 0; i < locals; i++)
            addends[i] = (struct addend){r->gradients[i] + slice.offset, false};
        sum_tree(addends, locals, slice.count, own + slice.offset);
        if (slice.count > 0 && r->team.node_of[r->charges[c]] != r->team.own_node)
            send(r, bucket, c, own + slice.offset, slice.count);
    }
}

/* In order of nodes; the own sum lies where the whole is to be. */
static void sum_over_nodes(struct reducer *r, int bucket) {
    struct span slice = shards_slice(&r->shards, bucket, r->team.rank);
    float *own = reducer_gradients(r) + slice.offset;
    const char *in = r->slots[bucket % SLOTS].in;
    for (int node = 0; node < r->team.nodes; node++) {
        if (node == r->team.own_node) {
            r->addends[node] = (struct addend){own, false};
            continue;
        }
        r->addends[node] = (struct addend){in, r->options.narrow};
        in += slice.count * reducer_width(r);
    }
    sum_tree(r->addends, r->team.nodes, slice.count, own);
}

/* Every bucket goes as far as it can.  Whether any went anywhere. */
static bool advance(struct reducer *r) {
    int before = r->summed + r->done;
    for (; r->posted < r->shards.count && r->posted < r->done + SLOTS; r->posted++)
        if (r->team.nodes > 1)
            post(r, r->posted);
    for (; r->summed < r->begun && r->summed < r->posted; r->summed++) {
        if (!is_final_in_node(r, r->summed))
            break;
        sum_in_node(r, r->summed);
    }
    for (; r->done < r->summed && reducer_slot_is_done(&r->slots[r->done % SLOTS]);
         r->done++)
        if (r->team.nodes > 1)
            sum_over_nodes(r, r->done);
    return r->summed + r->done > before;
}

/* ---- the doors ---- */

static void open_round(struct reducer *r) {
    gather_end(r); /* both use the slots */
    r->open = true;
    r->frontier = r->options.total;
    r->begun = r->posted = r->summed = r->done = 0;
}

void reduce_begin(struct reducer *r, struct span span) {
    if (!r->open)
        open_round(r);
    CHECK(span.count <= r->frontier && span.offset == r->frontier - span.count);
    r->frontier = span.offset;
    while (r->begun < r->shards.count &&
           r->shards.buckets[r->begun].offset >= r->frontier)
        r->begun++;
    atomic_store_explicit(&r->flags[r->team.local]->final,
                          r->reduced + (uint64_t)r->begun, memory_order_release);
    reduce_poll(r);
}

void reduce_poll(struct reducer *r) {
    bool gathering = r->come < r->moved;
    if (!gathering && (r->done == r->begun || r->options.blocking))
        return;
    double start = timer_now();
    if (r->team.nodes > 1 && start - r->polled < poll_pause)
        return;
    if (gathering)
        gather_advance(r);
    else
        advance(r);
    r->polled = timer_now();
    r->seconds += r->polled - start;
}

/* Ranks may be more than processors: who waits lets others work. */
static void wait_for_all(struct reducer *r) {
    pulse_wait(PULSE_GRADIENTS);
    while (r->done < r->shards.count)
        if (!advance(r))
            sched_yield();
    pulse_go();
}

void reduce_end(struct reducer *r) {
    double start = timer_now();
    CHECK(r->frontier == 0 && (r->open || r->options.total == 0));
    if (r->options.blocking)
        comm_sum_f32(r->comm, reducer_gradients(r), r->options.total);
    else
        wait_for_all(r);
    r->reduced += (uint64_t)r->shards.count;
    r->begun = r->done = 0;
    r->open = false;
    r->seconds += timer_now() - start;
}
