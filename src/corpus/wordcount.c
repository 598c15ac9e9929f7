/* SPDX-License-Identifier: Apache-2.0 */
/* Counting words over ranks: see wordcount.h. */
#include "src/corpus/wordcount.h"

#include <string.h>

#include "io/shard.h"
#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/str.h"
#include "src/text/learn.h"
#include "src/text/utf8.h"

/* Largest first, each to the rank that has least: the rank of every shard. */
static int *deal(const struct manifest *manifest, int ranks) {
    int n = manifest->shard_count;
    int *owner = mem_alloc((size_t)n, sizeof *owner);
    int64_t *load = mem_alloc((size_t)ranks, sizeof *load);
    for (int i = 0; i < n; i++)
        owner[i] = -1;
    for (int dealt = 0; dealt < n; dealt++) {
        int largest = -1, lightest = 0;
        for (int i = 0; i < n; i++)
            if (owner[i] < 0 && (largest < 0 || manifest->shards[i].bytes >
                                                    manifest->shards[largest].bytes))
                largest = i;
        for (int r = 1; r < ranks; r++)
            if (load[r] < load[lightest])
                lightest = r;
        owner[largest] = lightest;
        load[lightest] += manifest->shards[largest].bytes;
    }
    mem_free(load);
    return owner;
}

static void count_document(const struct doc *doc, const struct normalizer_options *options,
                           struct map *counts, struct tally *tally) {
    size_t bad = utf8_ill_formed(doc->text.data, doc->text.size);
    if (bad * 100 > doc->text.size) {
        tally->documents_not_utf8++;
        return;
    }
    tally->bad_utf8_bytes += bad;
    tally->documents_kept++;
    learn_count(options, doc->text, counts);
}

static int count_shard(const struct manifest *manifest, int i,
                       const struct normalizer_options *options, struct map *counts,
                       struct tally *tally, struct err *err) {
    const struct manifest_shard *entry = &manifest->shards[i];
    const struct source_spec *spec = &manifest->specs[entry->source];
    struct shard_options how = {.format = spec->format, .text_key = spec->text_key};
    struct shard *shard = shard_open(entry->path, &how, tally, err);
    if (shard == NULL)
        return -1;
    struct doc doc;
    int rc;
    while ((rc = shard_next(shard, &doc, err)) > 0)
        count_document(&doc, options, counts, tally);
    shard_close(shard);
    return rc;
}

/* ---- counts as bytes: u64 count, u32 size, the word ---- */

static void pack(const struct map *counts, struct str *out) {
    for (size_t i = 0; i < counts->capacity; i++) {
        const struct map_entry *e = &counts->entries[i];
        if (e->key == NULL)
            continue;
        str_append(out, &e->value, sizeof e->value);
        str_append(out, &e->key_size, sizeof e->key_size);
        str_append(out, e->key, e->key_size);
    }
}

static void unpack(struct slice packed, struct map *counts) {
    while (packed.size > 0) {
        uint64_t count;
        uint32_t size;
        const size_t head = sizeof count + sizeof size;
        CHECK(packed.size >= head);
        memcpy(&count, packed.data, sizeof count);
        memcpy(&size, packed.data + sizeof count, sizeof size);
        CHECK(packed.size >= head + size);
        map_put(counts, (struct slice){packed.data + head, size}, NULL)->value += count;
        packed.data += head + size;
        packed.size -= head + size;
    }
}

static void meet(struct comm *comm, struct map *counts) {
    if (comm_size(comm) == 1)
        return;
    struct str packed = {0};
    pack(counts, &packed);
    map_fini(counts);
    size_t *sizes = mem_alloc((size_t)comm_size(comm), sizeof *sizes);
    char *all = comm_gather(comm, packed.data, packed.size, sizes, 0);
    str_fini(&packed);
    size_t total = 0;
    for (int r = 0; all && r < comm_size(comm); r++)
        total += sizes[r];
    if (all)
        unpack((struct slice){all, total}, counts);
    mem_free(all);
    mem_free(sizes);
}

int wordcount(struct comm *comm, const struct manifest *manifest,
              const struct normalizer_options *options, struct map *counts,
              struct tally *tally, struct err *err) {
    *counts = (struct map){0};
    *tally = (struct tally){0};
    int *owner = deal(manifest, comm_size(comm));
    int rc = 0;
    for (int i = 0; rc == 0 && i < manifest->shard_count; i++)
        if (owner[i] == comm_rank(comm))
            rc = count_shard(manifest, i, options, counts, tally, err);
    mem_free(owner);
    if (comm_agree(comm, rc, err) < 0) {
        map_fini(counts);
        return -1;
    }
    meet(comm, counts);
    comm_sum_u64(comm, (uint64_t *)tally, TALLY_COUNT);
    return 0;
}
