/* SPDX-License-Identifier: Apache-2.0 */
/* Finding equal documents: see dedup.h.  A document is a hash and a place.  Records are
 * sorted by hash, so that what goes to each rank (an equal part of the hashes' range)
 * lies together; there equal hashes meet, and sorting again puts the first place first.
 *
 * 128 bits: among 10^10 different texts two would have the same hash once in 10^18. */
#include "src/corpus/dedup.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/corpus/clean.h"
#include "src/corpus/names.h"
#include "src/corpus/walk.h"
#include "src/text/normalize.h"
#include "src/text/unicode.h"

struct location {
    uint32_t row, ordinal;
};

struct record {
    struct hash128 hash;
    struct location location;
};

_Static_assert(sizeof(struct record) == DEDUP_RECORD_BYTES, "what the header says");

/* One rank's work. */
struct search {
    struct walk walk;
    struct clean *clean;
    bool fold;
    struct normalizer normalizer;
    struct str folded;
    struct record *records;
    size_t count, capacity;
    struct tally tally;
};

/* ---- what is compared ---- */

/* Letters and digits of a normal form, every digit a 0. */
static struct slice fold(struct search *s, struct slice text) {
    normalizer_run(&s->normalizer, text);
    const char *p = s->normalizer.text.data, *end = p + s->normalizer.text.size;
    str_clear(&s->folded);
    while (p < end) {
        uint32_t scalar;
        int n = utf8_decode(p, end, &scalar); /* well-formed, as the normalizer says */
        if (scalar >= '0' && scalar <= '9')
            str_append_char(&s->folded, '0');
        else if (!(unicode_of(scalar)->flags & (UNICODE_SPACE | UNICODE_PUNCTUATION)))
            str_append(&s->folded, p, (size_t)n);
        p += n;
    }
    return str_slice(&s->folded);
}

static void add_record(struct search *s, const struct doc *doc, struct slice text) {
    CHECK(doc->ordinal <= UINT32_MAX);
    if (s->count == s->capacity) {
        s->capacity = s->capacity ? s->capacity + s->capacity / 2 : 1024;
        s->records = mem_resize(s->records, s->capacity, sizeof *s->records);
    }
    struct slice compared = s->fold ? fold(s, text) : text;
    s->records[s->count++] =
        (struct record){hash128(compared.data, compared.size),
                        {(uint32_t)s->walk.row, (uint32_t)doc->ordinal}};
}

static int search_own(struct search *s, struct err *err) {
    struct doc doc;
    struct slice text;
    int more;
    while ((more = walk_shard(&s->walk, err)) > 0) {
        while ((more = walk_document(&s->walk, &doc, err)) > 0)
            if (clean_run(s->clean, s->walk.row, &doc, &text, &s->walk.tally))
                add_record(s, &doc, text);
        if (more < 0)
            return -1;
        tally_add(&s->tally, &s->walk.tally);
    }
    return more;
}

/* ---- records to the ranks of their hashes ---- */

static int by_location(const void *a, const void *b) {
    const struct location *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static int by_hash(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    if (x->hash.high != y->hash.high)
        return x->hash.high < y->hash.high ? -1 : 1;
    if (x->hash.low != y->hash.low)
        return x->hash.low < y->hash.low ? -1 : 1;
    return by_location(&x->location, &y->location);
}

static void sort_records(struct search *s) {
    if (s->count > 0)
        qsort(s->records, s->count, sizeof *s->records, by_hash);
}

static int owner_of(struct hash128 hash, int ranks) {
    return (int)((hash.high >> 32) * (uint64_t)ranks >> 32);
}

static void exchange(struct comm *comm, struct search *s) {
    size_t ranks = (size_t)comm_size(comm), total = 0;
    size_t *out = mem_alloc(2 * ranks, sizeof *out), *in = out + ranks;
    sort_records(s);
    for (size_t i = 0; i < s->count; i++)
        out[owner_of(s->records[i].hash, (int)ranks)] += sizeof *s->records;
    struct record *came = comm_exchange(comm, s->records, out, in);
    for (size_t r = 0; r < ranks; r++)
        total += in[r];
    mem_free(out);
    mem_free(s->records);
    s->records = came;
    s->count = s->capacity = total / sizeof *came;
    sort_records(s);
}

/* ---- the list ---- */

/* Appends the places to drop of this rank's hashes. */
static void find_copies(const struct search *s, struct str *drops,
                        struct dedup_result *result) {
    for (size_t first = 0, i = 0; i < s->count; first = i) {
        for (i = first + 1; i < s->count; i++) {
            const struct record *a = &s->records[first], *b = &s->records[i];
            if (a->hash.high != b->hash.high || a->hash.low != b->hash.low)
                break;
            str_append(drops, &b->location, sizeof b->location);
        }
        uint64_t copies = i - first;
        result->copied += copies > 1;
        result->duplicates += copies - 1;
        if (copies > result->most_copies)
            result->most_copies = copies;
    }
    result->documents = s->count;
}

static int write_list(const struct manifest *manifest, struct location *drops,
                      size_t count, const char *path, struct err *err) {
    struct str text = {0};
    if (count > 0)
        qsort(drops, count, sizeof *drops, by_location);
    str_append(&text, "", 0);
    for (size_t i = 0; i < count; i++)
        str_printf(&text, "%s\t%" PRIu32 "\n",
                   file_base_name(manifest->shards[drops[i].row].path),
                   drops[i].ordinal);
    int rc = file_write_atomic(path, text.data, text.size, err);
    str_fini(&text);
    return rc;
}

/* Sums over ranks, all but most_copies, which is a maximum. */
static void sum_results(struct comm *comm, const struct search *s,
                        struct dedup_result *result) {
    uint64_t sums[3] = {result->documents, result->duplicates, result->copied};
    double most = (double)result->most_copies;
    comm_sum_u64(comm, sums, 3);
    comm_max_f64(comm, &most, 1);
    result->documents = sums[0];
    result->duplicates = sums[1];
    result->copied = sums[2];
    result->most_copies = (uint64_t)most;
    result->tally = s->tally;
    comm_sum_u64(comm, (uint64_t *)&result->tally, TALLY_COUNT);
}

static int make_list(struct comm *comm, const struct manifest *manifest,
                     const struct search *s, const char *path,
                     struct dedup_result *result, struct err *err) {
    struct str drops = {0};
    int rc = 0;
    find_copies(s, &drops, result);
    sum_results(comm, s, result);
    struct location *all = comm_gather(comm, drops.data, drops.size, NULL, 0);
    str_fini(&drops);
    if (comm_rank(comm) == 0)
        rc = write_list(manifest, all, (size_t)result->duplicates, path, err);
    mem_free(all);
    return comm_agree(comm, rc, err);
}

static int search_begin(struct search *s, struct comm *comm,
                        const struct config *config, const struct manifest *manifest,
                        struct err *err) {
    static const struct normalizer_options options = {true, false, true, true, false};
    const struct shard_options how = walk_options(config, false);
    walk_init(&s->walk, manifest, comm_rank(comm), comm_size(comm), &how);
    normalizer_init(&s->normalizer, &options);
    s->clean = clean_create(config, manifest, err);
    return s->clean ? names_check_bases(manifest, err) : -1;
}

static void search_end(struct search *s) {
    walk_fini(&s->walk);
    normalizer_fini(&s->normalizer);
    clean_destroy(s->clean);
    str_fini(&s->folded);
    mem_free(s->records);
}

int dedup_run(struct comm *comm, const struct config *config,
              const struct manifest *manifest, bool fold_text, const char *path,
              struct dedup_result *result, struct err *err) {
    struct search search = {.fold = fold_text};
    *result = (struct dedup_result){0};
    int rc = search_begin(&search, comm, config, manifest, err);
    if (rc == 0)
        rc = search_own(&search, err);
    rc = comm_agree(comm, rc, err);
    if (rc == 0)
        rc = walk_check(&search.walk, comm, config, &search.tally, err);
    if (rc == 0) {
        exchange(comm, &search);
        rc = make_list(comm, manifest, &search, path, result, err);
    }
    search_end(&search);
    return rc;
}
