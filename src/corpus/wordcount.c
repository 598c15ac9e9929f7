/* SPDX-License-Identifier: Apache-2.0 */
/* Counting words over ranks: see wordcount.h. */
#include "src/corpus/wordcount.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/str.h"
#include "src/corpus/walk.h"
#include "src/text/learn.h"
#include "src/text/utf8.h"

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

/* Counts this rank's shards. */
static int count_own(struct walk *walk, const struct normalizer_options *options,
                     struct map *counts, struct tally *tally, struct err *err) {
    struct doc doc;
    int rc;
    while ((rc = walk_shard(walk, err)) > 0) {
        while ((rc = walk_document(walk, &doc, err)) > 0)
            count_document(&doc, options, counts, &walk->tally);
        if (rc < 0)
            return -1;
        tally_add(tally, &walk->tally);
    }
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
    struct walk walk;
    walk_init(&walk, manifest, comm_rank(comm), comm_size(comm), NULL);
    int rc = count_own(&walk, options, counts, tally, err);
    walk_fini(&walk);
    if (comm_agree(comm, rc, err) < 0) {
        map_fini(counts);
        return -1;
    }
    meet(comm, counts);
    comm_sum_u64(comm, (uint64_t *)tally, TALLY_COUNT);
    return 0;
}
