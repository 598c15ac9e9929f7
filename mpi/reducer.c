/* SPDX-License-Identifier: Apache-2.0 */
/* The reducer's memory: see reducer.h. */
#include "mpi/reducer.h"

#include <limits.h>

#include "mpi/reducer_parts.h"
#include "src/base/die.h"
#include "src/base/log.h"
#include "src/base/mem.h"

enum { LINE = 64 };

static size_t block_bytes(const struct reducer *r) {
    return (r->options.total * sizeof(float) + LINE - 1) / LINE * LINE;
}

/* A line with the flags, the gradients, and on the node's first rank the weights. */
static void share_memory(struct reducer *r) {
    size_t bytes = block_bytes(r), ranks = (size_t)r->team.locals;
    window_init(&r->memory, r->team.node,
                LINE + bytes + (r->team.local == 0 ? bytes : 0));
    r->gradients = mem_alloc(ranks, sizeof *r->gradients);
    r->flags = mem_alloc(ranks, sizeof *r->flags);
    for (size_t i = 0; i < ranks; i++) {
        r->flags[i] = (struct flags *)(void *)r->memory.parts[i];
        r->gradients[i] = (float *)(void *)(r->memory.parts[i] + LINE);
    }
    r->weights = (float *)(void *)(r->memory.parts[0] + LINE + bytes);
}

static void list_charges(struct reducer *r) {
    const struct team *team = &r->team;
    r->charges = mem_alloc((size_t)team->size, sizeof *r->charges);
    r->addends = mem_alloc((size_t)team->size, sizeof *r->addends);
    for (int rank = 0; rank < team->size; rank++)
        if (team_worker(team, team->own_node, rank) == team->rank)
            r->charges[r->charge_count++] = rank;
}

static size_t largest_slice(const struct shards *shards) {
    size_t largest = 0;
    for (int b = 0; b < shards->count; b++)
        for (int rank = 0; rank < shards->ranks; rank++) {
            size_t size = shards_slice(shards, b, rank).count;
            largest = size > largest ? size : largest;
        }
    if (largest > INT_MAX / sizeof(float)) /* MPI counts in int */
        die("one matrix of %zu elements is too large to go between ranks whole",
            largest);
    return largest;
}

static size_t slot_bytes(const struct reducer *r) {
    size_t in = (size_t)(r->team.nodes - 1) * r->slice * reducer_width(r);
    size_t out = (size_t)r->charge_count * r->slice * sizeof(uint16_t);
    return r->team.nodes == 1 ? 0 : in + (r->options.narrow ? out : 0);
}

static void make_slots(struct reducer *r) {
    size_t others = (size_t)r->team.nodes - 1, charges = (size_t)r->charge_count;
    for (int i = 0; others > 0 && i < SLOTS; i++) {
        struct slot *slot = &r->slots[i];
        slot->requests = mem_alloc(others + charges, sizeof *slot->requests);
        slot->in = mem_alloc(others * r->slice, reducer_width(r));
        if (r->options.narrow)
            slot->out = mem_alloc(charges * r->slice, sizeof *slot->out);
    }
}

/* All but the memory. */
static void reducer_plan(struct reducer *r, struct comm *comm,
                         const struct reducer_options *options) {
    *r = (struct reducer){.comm = comm, .options = *options};
    shards_init(&r->shards, options->total, comm_size(comm), options->bucket,
                &options->whole);
    team_init(&r->team, comm, options->node_ranks);
    r->slice = largest_slice(&r->shards);
    list_charges(r);
}

static void reducer_unplan(struct reducer *r) {
    mem_free(r->charges);
    mem_free(r->addends);
    team_fini(&r->team);
    shards_fini(&r->shards);
}

size_t reducer_measure(struct comm *comm, const struct reducer_options *options) {
    struct reducer r;
    reducer_plan(&r, comm, options);
    size_t bytes = reducer_bytes(&r);
    reducer_unplan(&r);
    return bytes;
}

/* Where it is felt. */
static void warn_of_small_pages(const struct reducer *r) {
    enum { MUCH = 64 << 20 };
    if (comm_rank(r->comm) == 0 && r->memory.small > MUCH)
        log_warn_once("%.0f MiB that the ranks of a host share lie in pages of 4 KiB, "
                      "and steps take up to a fifth longer; Linux 6.1 and later gives "
                      "large pages by itself, an older one after `mount -o "
                      "remount,huge=within_size /dev/shm`",
                      (double)r->memory.small / 1048576.0);
}

struct reducer *reducer_create(struct comm *comm,
                               const struct reducer_options *options) {
    struct reducer *r = mem_alloc(1, sizeof *r);
    reducer_plan(r, comm, options);
    share_memory(r);
    warn_of_small_pages(r);
    make_slots(r);
    return r;
}

size_t reducer_width(const struct reducer *r) {
    return r->options.narrow ? sizeof(uint16_t) : sizeof(float);
}

bool reducer_slot_is_done(struct slot *slot) {
    int all = 1;
    if (slot->count > 0)
        MPI_Testall(slot->count, slot->requests, &all, MPI_STATUSES_IGNORE);
    return all;
}

float *reducer_gradients(struct reducer *r) { return r->gradients[r->team.local]; }
float *reducer_weights(struct reducer *r) { return r->weights; }
const struct shards *reducer_shards(const struct reducer *r) { return &r->shards; }

size_t reducer_bytes(const struct reducer *r) {
    size_t bytes = block_bytes(r);
    return LINE + bytes + bytes / (size_t)r->team.locals + SLOTS * slot_bytes(r);
}

double reducer_seconds(struct reducer *r) {
    double seconds = r->seconds;
    r->seconds = 0;
    return seconds;
}

void reducer_destroy(struct reducer *r) {
    if (r == NULL)
        return;
    CHECK(!r->open && r->moved == 0);
    for (int i = 0; i < SLOTS; i++) {
        mem_free(r->slots[i].requests);
        mem_free(r->slots[i].in);
        mem_free(r->slots[i].out);
    }
    window_fini(&r->memory);
    reducer_unplan(r);
    mem_free(r->gradients);
    mem_free(r->flags);
    mem_free(r);
}
