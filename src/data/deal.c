/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing shards to groups of lanes: see deal.h.  Longest processing time first (Graham
 * 1969): the largest shard left goes to the group that has least, measured in estimated
 * bytes of text, with at least SHARDS_A_GROUP for every group.  A function of the
 * names' endings, the sizes and the number of lanes alone. */
#include "src/data/deal.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

enum { SHARDS_A_GROUP = 8 };

struct item {
    int64_t weight; /* estimated bytes of text */
    int64_t group;
    int row;
};

/* Stored bytes to bytes of text, about. */
static int64_t unpacking_factor(const char *path) {
    static const struct {
        const char *ending;
        int64_t factor;
    } table[] = {{".gz", 3},  {".tgz", 3},  {".zst", 3}, {".bz2", 4},
                 {".tbz", 4}, {".tbz2", 4}, {".xz", 4},  {".txz", 4}};
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t ending = strlen(table[i].ending);
        if (size > ending && strcmp(path + size - ending, table[i].ending) == 0)
            return table[i].factor;
    }
    return 1;
}

int64_t deal_text_bytes(const struct manifest_shard *shard) {
    return shard->bytes * unpacking_factor(shard->path);
}

/* The most groups that still give each eight shards or more. */
static int64_t count_groups(int64_t lanes, int64_t shards) {
    int64_t groups = shards / SHARDS_A_GROUP;
    if (groups < 1)
        groups = 1;
    if (groups > lanes)
        groups = lanes;
    while (lanes % groups != 0)
        groups--;
    return groups;
}

/* Heaviest first, the manifest's order among equals. */
static int compare_weights(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* How many shards the groups still lack to have SHARDS_A_GROUP each. */
static int64_t count_lacking(const int *counts, int64_t groups) {
    int64_t lacking = 0;
    for (int64_t g = 0; g < groups; g++)
        lacking += counts[g] < SHARDS_A_GROUP ? SHARDS_A_GROUP - counts[g] : 0;
    return lacking;
}

/* The lightest group, of those that lack shards only if `lacking`; the first among
 * equals. */
static int64_t lightest(const int64_t *loads, const int *counts, int64_t groups,
                        bool lacking) {
    int64_t best = -1;
    for (int64_t g = 0; g < groups; g++) {
        if (lacking && counts[g] >= SHARDS_A_GROUP)
            continue;
        if (best < 0 || loads[g] < loads[best])
            best = g;
    }
    return best;
}

/* Gives the items, heaviest first, their groups; counts[g] of them come to group g. */
static void choose_groups(struct item *items, int count, int64_t groups, int *counts) {
    int64_t *loads = mem_alloc((size_t)groups, sizeof *loads);
    for (int i = 0; i < count; i++) {
        bool lacking = groups > 1 && count - i <= count_lacking(counts, groups);
        int64_t g = lightest(loads, counts, groups, lacking);
        items[i].group = g;
        loads[g] += items[i].weight;
        counts[g]++;
    }
    mem_free(loads);
}

/* By group, in the manifest's order within one. */
static int compare_places(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    if (x->group != y->group)
        return x->group > y->group ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The shards of a source into items; returns how many. */
static int collect_items(const struct manifest *manifest, int source,
                         struct item *items) {
    int count = 0;
    for (int row = 0; row < manifest->shard_count; row++) {
        const struct manifest_shard *shard = &manifest->shards[row];
        int64_t weight = deal_text_bytes(shard);
        if (shard->source == source)
            items[count++] = (struct item){.weight = weight, .row = row};
    }
    return count;
}

void deal_init(struct deal *deal, const struct manifest *manifest, int source,
               int64_t lanes) {
    struct item *items = mem_alloc((size_t)manifest->shard_count, sizeof *items);
    int count = collect_items(manifest, source, items);
    CHECK(count > 0);
    int64_t groups = count_groups(lanes, count);
    int *counts = mem_alloc((size_t)groups, sizeof *counts);
    *deal = (struct deal){.groups = groups, .share = lanes / groups, .count = count};
    qsort(items, (size_t)count, sizeof *items, compare_weights);
    choose_groups(items, count, groups, counts);
    qsort(items, (size_t)count, sizeof *items, compare_places);

    deal->rows = mem_alloc((size_t)count, sizeof *deal->rows);
    for (int i = 0; i < count; i++)
        deal->rows[i] = items[i].row;
    deal->starts = mem_alloc((size_t)groups + 1, sizeof *deal->starts);
    for (int64_t g = 0; g < groups; g++)
        deal->starts[g + 1] = deal->starts[g] + counts[g];
    mem_free(counts);
    mem_free(items);
}

void deal_fini(struct deal *deal) {
    mem_free(deal->rows);
    mem_free(deal->starts);
    *deal = (struct deal){0};
}
