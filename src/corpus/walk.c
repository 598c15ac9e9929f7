/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over shards: see walk.h. */
#include "src/corpus/walk.h"

#include <stdlib.h>
#include <string.h>

#include "mpi/agree.h"
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

struct shard_options walk_options(const struct config *config, bool quiet) {
    return (struct shard_options){
        .stop_on_damage = strcmp(config->data_on_error, "stop") == 0, .quiet = quiet};
}

void walk_init(struct walk *walk, const struct manifest *manifest, int rank, int ranks,
               const struct shard_options *how) {
    *walk = (struct walk){.manifest = manifest, .rank = rank, .row = -1};
    if (how)
        walk->how = *how;
    walk->owners = deal(manifest, ranks);
    walk->given = mem_alloc((size_t)manifest->spec_count, sizeof *walk->given);
    walk->reasons = mem_alloc((size_t)manifest->spec_count, sizeof *walk->reasons);
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
    walk->before = walk->given[entry->source];
    walk->how.format = spec->format;
    walk->how.text_key = spec->text_key;
    walk->shard = shard_open(entry->path, &walk->how, &walk->tally, err);
    return walk->shard ? 1 : -1;
}

int walk_document(struct walk *walk, struct doc *doc, struct err *err) {
    int more = shard_next(walk->shard, doc, err);
    const struct manifest_shard *entry = &walk->manifest->shards[walk->row];
    int source = entry->source;
    walk->given[source] += more > 0;
    if (more == 0 && walk->given[source] == walk->before)
        reasons_add(&walk->reasons[source], entry->path, shard_why(walk->shard));
    return more;
}

/* Of a source, or all (-1), that gave nothing to any rank: the reasons of all ranks. */
static int fault_of(const struct walk *walk, struct comm *comm, int source,
                    struct err *err) {
    struct reasons own = {0}, together = {0};
    for (int s = 0; s < walk->manifest->spec_count; s++)
        if (source < 0 || s == source)
            reasons_join(&own, str_slice(&walk->reasons[s].text));
    size_t *sizes = mem_alloc((size_t)comm_size(comm), sizeof *sizes);
    char *all = comm_gather(comm, own.text.data, own.text.size, sizes, 0);
    for (size_t r = 0, at = 0; all && r < (size_t)comm_size(comm); at += sizes[r++])
        reasons_join(&together, (struct slice){all + at, sizes[r]});
    int rc = 0;
    if (all)
        rc = reasons_fault(walk->manifest, source, 0, str_slice(&together.text), err);
    reasons_fini(&own);
    reasons_fini(&together);
    mem_free(all);
    mem_free(sizes);
    return comm_agree(comm, rc, err);
}

/* The first source that gave nothing to any rank; -1 all of them, if they are one;
 * WALK_FINE if there is none. */
enum { WALK_FINE = -2 };

static int find_empty(const struct walk *walk, struct comm *comm, bool together) {
    const struct manifest *manifest = walk->manifest;
    size_t count = (size_t)manifest->spec_count;
    uint64_t *given = mem_copy(walk->given, count * sizeof *given), all = 0;
    for (int i = 0; i < manifest->shard_count; i++)
        given[manifest->shards[i].source] += walk->owners[i] < 0;
    comm_sum_u64(comm, given, count);
    int empty = WALK_FINE;
    for (int s = manifest->spec_count; s-- > 0; all += given[s])
        if (given[s] == 0)
            empty = s;
    mem_free(given);
    if (together)
        return all == 0 ? -1 : WALK_FINE;
    return empty;
}

int walk_check(const struct walk *walk, struct comm *comm, const struct config *config,
               const struct tally *tally, struct err *err) {
    int empty = find_empty(walk, comm, config->paths_together);
    if (empty != WALK_FINE)
        return fault_of(walk, comm, empty, err);
    uint64_t counts[2] = {tally ? tally->documents_kept : 1,
                          tally ? tally->documents - tally->documents_empty : 0};
    comm_sum_u64(comm, counts, 2);
    if (counts[0] > 0)
        return 0;
    return err_set(err, ERR_DATA,
                   "not one of %llu documents was kept: each is ill-formed UTF-8 or "
                   "dropped by the filter (`corpus stats --filter` says by which rule)",
                   (unsigned long long)counts[1]);
}

void walk_fini(struct walk *walk) {
    shard_close(walk->shard);
    mem_free(walk->owners);
    for (int s = 0; walk->reasons && s < walk->manifest->spec_count; s++)
        reasons_fini(&walk->reasons[s]);
    mem_free(walk->reasons);
    mem_free(walk->given);
    *walk = (struct walk){0};
}
