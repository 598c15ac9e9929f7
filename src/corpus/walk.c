/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over shards: see walk.h. */
#include "src/corpus/walk.h"

#include <stdlib.h>

#include "src/base/mem.h"

/* A shard while shards are dealt. */
struct card {
    int64_t bytes;
    int row;
};

static int by_size(const void *a, const void *b) {
    const struct card *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->row - y->row;
}

/* Largest first, each to the rank that has least: the rank of every shard. */
static int *deal(const struct manifest *manifest, int ranks) {
    size_t n = (size_t)manifest->shard_count;
    int *owners = mem_alloc(n, sizeof *owners);
    struct card *cards = mem_alloc(n, sizeof *cards);
    int64_t *load = mem_alloc((size_t)ranks, sizeof *load);
    for (size_t i = 0; i < n; i++)
        cards[i] = (struct card){manifest->shards[i].bytes, (int)i};
    qsort(cards, n, sizeof *cards, by_size);
    for (size_t i = 0; i < n; i++) {
        int lightest = 0;
        for (int r = 1; r < ranks; r++)
            if (load[r] < load[lightest])
                lightest = r;
        owners[cards[i].row] = lightest;
        load[lightest] += cards[i].bytes;
    }
    mem_free(load);
    mem_free(cards);
    return owners;
}

void walk_init(struct walk *walk, const struct manifest *manifest, int rank, int ranks,
               const struct shard_options *how) {
    *walk = (struct walk){.manifest = manifest, .rank = rank, .row = -1};
    if (how)
        walk->how = *how;
    walk->owners = deal(manifest, ranks);
}

int walk_shard(struct walk *walk, struct err *err) {
    const struct manifest *manifest = walk->manifest;
    shard_close(walk->shard);
    walk->shard = NULL;
    walk->tally = (struct tally){0};
    do
        walk->row++;
    while (walk->row < manifest->shard_count && walk->owners[walk->row] != walk->rank);
    if (walk->row >= manifest->shard_count)
        return 0;
    const struct manifest_shard *entry = &manifest->shards[walk->row];
    const struct source_spec *spec = &manifest->specs[entry->source];
    walk->how.format = spec->format;
    walk->how.text_key = spec->text_key;
    walk->shard = shard_open(entry->path, &walk->how, &walk->tally, err);
    return walk->shard ? 1 : -1;
}

int walk_document(struct walk *walk, struct doc *doc, struct err *err) {
    return shard_next(walk->shard, doc, err);
}

void walk_fini(struct walk *walk) {
    shard_close(walk->shard);
    mem_free(walk->owners);
    *walk = (struct walk){0};
}
