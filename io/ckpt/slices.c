/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes what: see slices.h. */
#include "io/ckpt/slices.h"

#include <stdio.h>

#include "mpi/partition.h"
#include "src/base/die.h"

void slices_plan(struct slices *s, const struct ckpt_groups *groups, int ranks) {
    CHECK(groups->count > 0 && groups->count <= CKPT_BLOCKS);
    *s = (struct slices){.groups = groups, .ranks = ranks};
    for (int g = 0; g < groups->count; g++)
        s->starts[g + 1] = s->starts[g] + groups->list[g].table->total;
}

int slices_count(const struct slices *s) {
    int count = 0;
    for (int g = 0; g < s->groups->count; g++)
        count += s->groups->list[g].table->count;
    return count;
}

static size_t chunks_of(const struct tensor *tensor) {
    return contents_chunks(tensor->count * sizeof(float));
}

bool slices_next(const struct slices *s, struct slices_item *item) {
    const struct ckpt_group *last = s->groups->list + s->groups->count;
    if (item->group == NULL) {
        *item = (struct slices_item){.group = s->groups->list};
        item->tensor = item->group->table->tensors;
    } else {
        item->first_chunk += chunks_of(item->tensor++);
    }
    while (item->tensor == item->group->table->tensors + item->group->table->count) {
        if (++item->group == last)
            return false;
        item->tensor = item->group->table->tensors;
    }
    int n = snprintf(item->name, sizeof item->name, "/%s/%s", item->group->group,
                     item->tensor->name);
    CHECK((size_t)n < sizeof item->name);
    return true;
}

/* The elements of a tensor that are in chunks which begin before place `flat` of the
 * run. */
static size_t elements_before(size_t flat, size_t start, size_t count) {
    size_t before = flat <= start ? 0 : flat - start;
    size_t whole = (before + SLICES_CHUNK - 1) / SLICES_CHUNK * SLICES_CHUNK;
    return whole < count ? whole : count;
}

static struct span slice_of_tensor(const struct slices *s, int group,
                                   const struct tensor *tensor, int rank) {
    struct share share =
        partition((int64_t)s->starts[s->groups->count], rank, s->ranks);
    size_t start = s->starts[group] + tensor->offset;
    size_t first = elements_before((size_t)share.first, start, tensor->count);
    size_t end =
        elements_before((size_t)(share.first + share.count), start, tensor->count);
    return (struct span){first, end - first};
}

struct span slices_of(const struct slices *s, const struct slices_item *item,
                      int rank) {
    return slice_of_tensor(s, (int)(item->group - s->groups->list), item->tensor, rank);
}

size_t slices_chunks(const struct slices *s) {
    size_t chunks = 0;
    for (struct slices_item item = {0}; slices_next(s, &item);)
        chunks += chunks_of(item.tensor);
    return chunks;
}

struct span slices_share(const struct slices *s, int group, int rank) {
    const struct params_table *table = s->groups->list[group].table;
    struct span share = {0};
    for (int i = 0; i < table->count; i++) {
        struct span slice = slice_of_tensor(s, group, &table->tensors[i], rank);
        if (share.count == 0)
            share.offset = table->tensors[i].offset + slice.offset;
        share.count += slice.count;
    }
    return share;
}

/* In the order of hosts. */
static int place_of(const uint64_t *hosts, int ranks, int rank) {
    int place = 0;
    for (int r = 0; r < ranks; r++)
        place += hosts[r] < hosts[rank] || (hosts[r] == hosts[rank] && r < rank);
    return place;
}

static int largest_host(const uint64_t *hosts, int ranks) {
    int most = 0;
    for (int r = 0; r < ranks; r++) {
        int count = 0;
        for (int other = 0; other < ranks; other++)
            count += hosts[other] == hosts[r];
        most = count > most ? count : most;
    }
    return most;
}

/* In the order of hosts, the one as many places later as the largest host has ranks. */
int slices_other(const uint64_t *hosts, int ranks, int rank) {
    int step = largest_host(hosts, ranks);
    if (step == ranks) /* the only host: another rank at least */
        step = 1;
    int place = (place_of(hosts, ranks, rank) + step) % ranks;
    for (int r = 0; r < ranks; r++)
        if (place_of(hosts, ranks, r) == place)
            return r;
    return rank;
}

struct span ckpt_share(const struct comm *comm, const struct ckpt_groups *groups,
                       int i) {
    struct slices slices;
    slices_plan(&slices, groups, comm_size(comm));
    return slices_share(&slices, i, comm_rank(comm));
}

struct ckpt_group *ckpt_add_group(struct ckpt_groups *groups, const char *group,
                                  const struct params_table *table) {
    CHECK(groups->count < CKPT_BLOCKS);
    struct ckpt_group *added = &groups->list[groups->count++];
    *added = (struct ckpt_group){.group = group, .table = table};
    return added;
}

struct ckpt_groups ckpt_weights_only(const struct params *weights) {
    struct ckpt_groups groups = {0};
    struct ckpt_group *group = ckpt_add_group(&groups, CKPT_WEIGHTS, weights->table);
    group->have.count = weights->table->total;
    group->data = weights->data;
    return groups;
}
