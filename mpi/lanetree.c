/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over lanes in a fixed tree: see lanetree.h.
 *
 * A rank's nodes lie in a stack, as the digits of a binary counter: a lane is a node of
 * level 0, and when the two on top are halves of one node, they become that.  So it
 * holds two of a level at most, and a block is free again as soon as it is added. */
#include "mpi/lanetree.h"

#include <string.h>

#include "mpi/partition.h"
#include "mpi/sum.h"
#include "src/base/die.h"
#include "src/base/mem.h"

enum { LEVELS = 17, NODES = 2 * LEVELS, PIECE = 1024 };

/* Lanes index · 2^level to (index + 1) · 2^level - 1, as far as there are any. */
struct node {
    int level;
    int64_t index;
    float *block;       /* (total) of a rank's own */
    const float *slice; /* what came of it */
};

/* Nodes in order of lanes. */
struct stack {
    struct node nodes[NODES];
    int count;
};

struct lanetree {
    struct comm *comm;
    const struct shards *shards;
    int64_t lanes;
    struct share share; /* of the lanes: this rank's */
    int64_t next;       /* of them: whose turn it is */
    struct stack own;
    float *spare[NODES + 1]; /* blocks that are free; owned, as those in the stack */
    int spares;
    float *current;   /* the block of the lane whose turn it was last; or NULL */
    struct node *all; /* those of all ranks, in order of lanes; owned */
    int count;
};

/* ---- the stack ---- */

static void add_lane(struct stack *s, int64_t lane, float *block) {
    CHECK(s->count < NODES);
    s->nodes[s->count++] = (struct node){.index = lane, .block = block};
}

static bool has_halves(const struct stack *s) {
    if (s->count < 2)
        return false;
    const struct node *right = &s->nodes[s->count - 1], *left = right - 1;
    return left->level == right->level && right->index % 2 == 1 &&
           left->index == right->index - 1;
}

static void join_halves(struct stack *s) {
    struct node *left = &s->nodes[--s->count - 1];
    left->level++;
    left->index /= 2;
}

/* What a rank of these lanes ends up with; how many blocks it needs on the way. */
static int nodes_of(struct share lanes, struct stack *s) {
    int most = 0;
    s->count = 0;
    for (int64_t i = 0; i < lanes.count; i++) {
        add_lane(s, lanes.first + i, NULL);
        most = s->count > most ? s->count : most;
        while (has_halves(s))
            join_halves(s);
    }
    return most;
}

/* ---- this rank's lanes ---- */

static void take_current(struct lanetree *t) {
    struct stack *s = &t->own;
    if (t->current == NULL)
        return;
    add_lane(s, t->share.first + t->next++, t->current);
    t->current = NULL;
    while (has_halves(s)) {
        const struct node *right = &s->nodes[s->count - 1], *left = right - 1;
        const struct addend halves[] = {{left->block, false}, {right->block, false}};
        sum_tree(halves, 2, t->shards->total, left->block);
        t->spare[t->spares++] = right->block;
        join_halves(s);
    }
}

float *lanetree_next(struct lanetree *t) {
    size_t total = t->shards->total;
    take_current(t);
    CHECK(t->next < t->share.count);
    if (t->spares > 0) {
        t->current = t->spare[--t->spares];
        memset(t->current, 0, total * sizeof *t->current);
    } else {
        t->current = mem_map(total, sizeof *t->current);
    }
    return t->current;
}

/* ---- all lanes ---- */

/* `to` (n) of the nodes, which are some of those of lanes first … first + 2^level - 1:
 * elements at … of their slices. */
static void sum_nodes(const struct node *nodes, int count, int level, int64_t first,
                      size_t at, size_t n, float *to) {
    float right[PIECE];
    int64_t middle = first + ((int64_t)1 << level) / 2;
    int left = 0;
    if (count == 1) { /* or the rest of it has no lanes */
        memcpy(to, nodes->slice + at, n * sizeof *to);
        return;
    }
    while (left < count && nodes[left].index << nodes[left].level < middle)
        left++;
    if (left == count) {
        sum_nodes(nodes, count, level - 1, first, at, n, to);
        return;
    }
    if (left == 0) {
        sum_nodes(nodes, count, level - 1, middle, at, n, to);
        return;
    }
    sum_nodes(nodes, left, level - 1, first, at, n, to);
    sum_nodes(nodes + left, count - left, level - 1, middle, at, n, right);
    const struct addend halves[] = {{to, false}, {right, false}};
    sum_tree(halves, 2, n, to);
}

static void sum_slice(const struct lanetree *t, size_t size, float *to) {
#pragma omp parallel for schedule(static)
    for (size_t at = 0; at < size; at += PIECE) {
        size_t n = size - at < PIECE ? size - at : PIECE;
        sum_nodes(t->all, t->count, LEVELS - 1, 0, at, n, to + at);
    }
}

/* Everybody gets what all have of its slice of a bucket; owned. */
static float *exchange(struct lanetree *t, int bucket) {
    size_t ranks = (size_t)t->shards->ranks, nodes = (size_t)t->own.count;
    size_t *sizes = mem_alloc(2 * ranks, sizeof *sizes);
    float *out = mem_alloc(nodes * t->shards->buckets[bucket].count, sizeof *out);
    float *place = out;
    for (size_t r = 0; r < ranks; r++) {
        struct span slice = shards_slice(t->shards, bucket, (int)r);
        for (size_t i = 0; i < nodes; i++, place += slice.count)
            memcpy(place, t->own.nodes[i].block + slice.offset,
                   slice.count * sizeof *place);
        sizes[r] = nodes * slice.count * sizeof *place;
    }
    float *came = comm_exchange(t->comm, out, sizes, sizes + ranks);
    mem_free(out);
    mem_free(sizes);
    return came;
}

void lanetree_end(struct lanetree *t, float *grads) {
    take_current(t);
    CHECK(t->next == t->share.count);
    for (int b = 0; b < t->shards->count; b++) {
        struct span own = shards_slice(t->shards, b, comm_rank(t->comm));
        float *came = exchange(t, b);
        for (int i = 0; i < t->count; i++)
            t->all[i].slice = came + (size_t)i * own.count;
        sum_slice(t, own.count, grads + own.offset);
        mem_free(came);
    }
    while (t->own.count > 0)
        t->spare[t->spares++] = t->own.nodes[--t->own.count].block;
    t->next = 0;
}

/* ---- the doors ---- */

size_t lanetree_measure(const struct comm *comm, const struct shards *shards,
                        int64_t lanes) {
    struct stack unused;
    int blocks = nodes_of(partition(lanes, comm_rank(comm), comm_size(comm)), &unused);
    return (size_t)blocks * shards->total * sizeof(float);
}

struct lanetree *lanetree_create(struct comm *comm, const struct shards *shards,
                                 int64_t lanes) {
    struct lanetree *t = mem_alloc(1, sizeof *t);
    int ranks = comm_size(comm);
    struct stack *s = mem_alloc(1, sizeof *s);
    CHECK(lanes > 0 && lanes < (int64_t)1 << LEVELS);
    *t = (struct lanetree){.comm = comm, .shards = shards, .lanes = lanes};
    t->share = partition(lanes, comm_rank(comm), ranks);
    t->all = mem_alloc((size_t)ranks * NODES, sizeof *t->all);
    for (int r = 0; r < ranks; r++) {
        nodes_of(partition(lanes, r, ranks), s);
        memcpy(t->all + t->count, s->nodes, (size_t)s->count * sizeof *t->all);
        t->count += s->count;
    }
    mem_free(s);
    return t;
}

void lanetree_destroy(struct lanetree *t) {
    if (t == NULL)
        return;
    CHECK(t->current == NULL && t->own.count == 0);
    while (t->spares > 0)
        mem_unmap(t->spare[--t->spares], t->shards->total, sizeof(float));
    mem_free(t->all);
    mem_free(t);
}
