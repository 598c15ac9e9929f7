/* SPDX-License-Identifier: Apache-2.0 */
/* Words as bytes between ranks: see wordflow.h.  A record is u64 count, u32 size, the
 * word; ranks run on one kind of machine. */
#include "src/vocab/wordflow.h"

#include <string.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/mem.h"

enum { HEAD_BYTES = sizeof(uint64_t) + sizeof(uint32_t) };

static char *record_put(char *to, struct slice word, uint64_t count) {
    uint32_t size = (uint32_t)word.size;
    memcpy(to, &count, sizeof count);
    memcpy(to + sizeof count, &size, sizeof size);
    memcpy(to + HEAD_BYTES, word.data, word.size);
    return to + HEAD_BYTES + word.size;
}

/* Takes a record off *rest; false at the end. */
static bool record_take(struct slice *rest, struct slice *word, uint64_t *count) {
    uint32_t size;
    if (rest->size == 0)
        return false;
    CHECK(rest->size >= HEAD_BYTES);
    memcpy(count, rest->data, sizeof *count);
    memcpy(&size, rest->data + sizeof *count, sizeof size);
    CHECK(rest->size >= HEAD_BYTES + (size_t)size);
    *word = (struct slice){rest->data + HEAD_BYTES, size};
    rest->data += HEAD_BYTES + size;
    rest->size -= HEAD_BYTES + size;
    return true;
}

/* The rank that a word belongs to: by the upper bits of its hash, since tables of what
 * came are filled by the lower ones. */
static int owner_of(const struct map_entry *entry, int ranks) {
    return (int)((uint64_t)entry->tag * (uint64_t)ranks >> 32);
}

/* The records of a table, in order of rank; sizes[r] bytes for rank r.  Returns owned.
 */
static char *pack(const struct map *from, size_t *sizes, int ranks) {
    char **places = mem_alloc((size_t)ranks, sizeof *places);
    size_t total = 0;
    for (size_t i = 0; i < from->capacity; i++)
        if (from->entries[i].key)
            sizes[owner_of(&from->entries[i], ranks)] +=
                HEAD_BYTES + from->entries[i].key_size;
    for (int r = 0; r < ranks; r++)
        total += sizes[r];
    char *bytes = mem_alloc(total, 1), *place = bytes;
    for (int r = 0; r < ranks; place += sizes[r++])
        places[r] = place;
    for (size_t i = 0; i < from->capacity; i++) {
        const struct map_entry *e = &from->entries[i];
        if (e->key == NULL)
            continue;
        char **to = &places[owner_of(e, ranks)];
        *to = record_put(*to, (struct slice){e->key, e->key_size}, e->value);
    }
    mem_free(places);
    return bytes;
}

int wordflow_exchange(struct comm *comm, struct map *from, struct wordstore *to,
                      struct err *err) {
    size_t ranks = (size_t)comm_size(comm),
           *sizes = mem_alloc(2 * ranks, sizeof *sizes);
    char *bytes = pack(from, sizes, (int)ranks);
    map_fini(from);
    char *came = comm_exchange(comm, bytes, sizes, sizes + ranks);
    mem_free(bytes);
    struct slice rest = {came, 0}, word;
    uint64_t count;
    for (size_t r = 0; r < ranks; r++)
        rest.size += sizes[ranks + r];
    int rc = 0;
    while (rc == 0 && record_take(&rest, &word, &count))
        rc = wordstore_add(to, word, count, err);
    mem_free(came);
    mem_free(sizes);
    return comm_agree(comm, rc, err);
}

/* Fills *out with the next words of a walk: 1, 0 the walk is at its end, -1. */
static int pack_some(struct wordstore *from, uint64_t min_count, size_t piece,
                     struct str *out, struct err *err) {
    struct slice word;
    uint64_t count;
    str_clear(out);
    while (out->size < piece) {
        int rc = wordstore_next(from, &word, &count, err);
        if (rc <= 0)
            return rc;
        if (count < min_count)
            continue;
        str_reserve(out, HEAD_BYTES + word.size);
        record_put(out->data + out->size, word, count);
        out->size += HEAD_BYTES + word.size;
    }
    return 1;
}

/* Brings what all ranks have packed to the sink. */
static int bring(struct comm *comm, const struct str *packed, wordflow_sink_fn *sink,
                 void *context, struct err *err) {
    int ranks = comm_size(comm), rc = 0;
    size_t *sizes = mem_alloc((size_t)ranks, sizeof *sizes);
    char *all = comm_gather(comm, packed->data, packed->size, sizes, 0);
    struct slice rest = {all, 0}, word;
    uint64_t count;
    for (int r = 0; all && r < ranks; r++)
        rest.size += sizes[r];
    while (rc == 0 && record_take(&rest, &word, &count))
        rc = sink(context, word, count, err);
    mem_free(all);
    mem_free(sizes);
    return rc;
}

int wordflow_gather(struct comm *comm, struct wordstore *from, uint64_t min_count,
                    size_t piece, wordflow_sink_fn *sink, void *context,
                    struct err *err) {
    struct str packed = {0};
    size_t own = piece / (size_t)comm_size(comm);
    int rc = comm_agree(comm, wordstore_begin(from, err), err);
    uint64_t more = 1;
    while (rc == 0 && more > 0) {
        int packing = pack_some(from, min_count, own + 1, &packed, err);
        int bringing = bring(comm, &packed, sink, context, err);
        rc = comm_agree(comm, packing < 0 ? packing : bringing, err);
        more = packing > 0;
        comm_sum_u64(comm, &more, 1);
    }
    str_fini(&packed);
    return rc;
}
