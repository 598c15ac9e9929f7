/* SPDX-License-Identifier: Apache-2.0 */
/* Dealing a corpus anew: see reshard.h.  Every document has a random key, of the seed
 * and its place; the new corpus is the documents in the order of their keys, cut into
 * shards. A first pass counts bytes by the keys' upper bits, which gives the cuts. Then
 * pass by pass over the corpus every rank takes some of the shards: all read, send each
 * document to the rank of its shard, and at the end of the pass that sorts and writes.
 * Nothing but the new shards ever lies on disk. */
#include "src/corpus/reshard.h"

#include <stdlib.h>

#include "mpi/agree.h"
#include "src/base/file.h"
#include "src/base/hash.h"
#include "src/base/mem.h"
#include "src/corpus/clean.h"
#include "src/corpus/parcel.h"
#include "src/corpus/walk.h"

enum { BUCKET_BITS = 20, BUCKETS = 1 << BUCKET_BITS, ROUND_BYTES = 64 << 20 };

/* A document that this rank is to write. */
struct held {
    uint64_t key;
    uint32_t shard, row, ordinal;
    struct slice parcel; /* its texts, in one of the rooms */
};

/* One rank's work. */
struct dealer {
    struct comm *comm;
    const struct reshard_options *options;
    const struct manifest *manifest;
    struct walk walk;
    struct clean *clean;
    uint64_t *bytes;     /* (BUCKETS) of text */
    uint32_t *shards;    /* (BUCKETS) which shard */
    uint64_t documents;  /* that there are */
    uint64_t shard_text; /* bytes of text a shard */
    int first, last;     /* shards of this pass: [first, last) */
    struct str *out;     /* (ranks) documents on their way */
    size_t out_bytes;
    struct str texts;  /* of one document */
    struct str packed; /* all of them, in order of rank */
    char **rooms;      /* what came */
    size_t room_count;
    struct held *held;
    size_t held_count, held_capacity;
    struct output output;
    struct tally tally;
};

static uint64_t key_of(const struct dealer *d, const struct doc *doc) {
    const uint64_t place[2] = {(uint64_t)d->walk.row, (uint64_t)doc->ordinal};
    return hash64(place, sizeof place, d->options->seed);
}

static uint32_t bucket_of(uint64_t key) {
    return (uint32_t)(key >> (64 - BUCKET_BITS));
}

/* The next document of this rank's shards that is kept: 1, 0 there is none, -1. */
static int next_document(struct dealer *d, struct doc *doc, struct err *err) {
    for (;;) {
        int more = d->walk.shard ? walk_document(&d->walk, doc, err) : 0;
        if (more < 0)
            return -1;
        if (more > 0) {
            if (clean_run(d->clean, d->walk.row, doc, &doc->text, &d->walk.tally))
                return 1;
            continue;
        }
        tally_add(&d->tally, &d->walk.tally);
        more = walk_shard(&d->walk, err);
        if (more <= 0)
            return more;
    }
}

static void rewind_walk(struct dealer *d, const struct config *config, bool quiet) {
    const struct shard_options how = walk_options(config, quiet);
    walk_fini(&d->walk);
    walk_init(&d->walk, d->manifest, comm_rank(d->comm), comm_size(d->comm), &how);
}

/* ---- the plan ---- */

static int count_own(struct dealer *d, struct err *err) {
    struct doc doc;
    int more;
    while ((more = next_document(d, &doc, err)) > 0) {
        d->bytes[bucket_of(key_of(d, &doc))] += doc.text.size;
        d->documents++;
    }
    return more;
}

/* Cuts the buckets into shards of equal text; one bucket is never cut. */
static void cut_buckets(struct dealer *d) {
    uint64_t total = 0, before = 0, shards = (uint64_t)d->options->shards;
    for (int i = 0; i < BUCKETS; i++)
        total += d->bytes[i];
    d->shard_text = total / shards + 1;
    for (int i = 0; i < BUCKETS; i++) {
        uint64_t middle = before + d->bytes[i] / 2;
        d->shards[i] = (uint32_t)(middle / d->shard_text);
        before += d->bytes[i];
    }
}

static int plan(struct dealer *d, const struct config *config, struct err *err) {
    rewind_walk(d, config, false);
    int rc = comm_agree(d->comm, count_own(d, err), err);
    if (rc == 0)
        rc = walk_check(&d->walk, d->comm, config, &d->tally, err);
    if (rc < 0)
        return -1;
    comm_sum_u64(d->comm, d->bytes, BUCKETS);
    comm_sum_u64(d->comm, &d->documents, 1);
    if (d->documents < (uint64_t)d->options->shards)
        return err_set(err, ERR_CONFIG, "%llu documents cannot make %d shards",
                       (unsigned long long)d->documents, d->options->shards);
    cut_buckets(d);
    return 0;
}

/* ---- documents to the ranks of their shards ---- */

static int owner_of(const struct dealer *d, uint32_t shard) {
    return ((int)shard - d->first) % comm_size(d->comm);
}

static void send(struct dealer *d, const struct doc *doc, uint64_t key,
                 uint32_t shard) {
    struct str *out = &d->out[owner_of(d, shard)], *texts = &d->texts;
    size_t before = out->size;
    str_clear(texts);
    parcel_put_bytes(texts, doc->text);
    parcel_put_bytes(texts, doc->url);
    parcel_put_bytes(texts, doc->language);
    parcel_put(out, key);
    parcel_put(out, shard);
    parcel_put(out, (uint64_t)d->walk.row);
    parcel_put(out, (uint64_t)doc->ordinal);
    parcel_put_bytes(out, str_slice(texts));
    d->out_bytes += out->size - before;
}

/* Reads on until there is enough to send: 1, 0 the corpus has been read, -1. */
static int fill(struct dealer *d, struct err *err) {
    struct doc doc;
    int more;
    while (d->out_bytes < ROUND_BYTES && (more = next_document(d, &doc, err)) != 0) {
        if (more < 0)
            return -1;
        uint64_t key = key_of(d, &doc);
        uint32_t shard = d->shards[bucket_of(key)];
        if ((int)shard >= d->first && (int)shard < d->last)
            send(d, &doc, key, shard);
    }
    return d->out_bytes >= ROUND_BYTES;
}

static void hold(struct dealer *d, struct slice came) {
    while (came.size > 0) {
        if (d->held_count == d->held_capacity) {
            d->held_capacity = d->held_capacity ? 2 * d->held_capacity : 1024;
            d->held = mem_resize(d->held, d->held_capacity, sizeof *d->held);
        }
        struct held *held = &d->held[d->held_count++];
        held->key = parcel_take(&came);
        held->shard = (uint32_t)parcel_take(&came);
        held->row = (uint32_t)parcel_take(&came);
        held->ordinal = (uint32_t)parcel_take(&came);
        held->parcel = parcel_take_bytes(&came);
    }
}

static void exchange(struct dealer *d) {
    size_t ranks = (size_t)comm_size(d->comm), total = 0;
    size_t *out = mem_alloc(2 * ranks, sizeof *out), *in = out + ranks;
    str_clear(&d->packed);
    for (size_t r = 0; r < ranks; r++) {
        out[r] = d->out[r].size;
        str_append(&d->packed, d->out[r].data, d->out[r].size);
        str_clear(&d->out[r]);
    }
    d->out_bytes = 0;
    char *came = comm_exchange(d->comm, d->packed.data, out, in);
    for (size_t r = 0; r < ranks; r++)
        total += in[r];
    mem_free(out);
    d->rooms = mem_resize(d->rooms, d->room_count + 1, sizeof *d->rooms);
    d->rooms[d->room_count++] = came;
    hold(d, (struct slice){came, total});
}

/* Round by round until no rank has more.  Who has none left still takes part. */
static int deal_round(struct dealer *d, uint64_t *left, struct err *err) {
    int more = *left > 0 ? fill(d, err) : 0;
    if (comm_agree(d->comm, more < 0 ? -1 : 0, err) < 0)
        return -1;
    exchange(d);
    *left = (uint64_t)more;
    uint64_t all = *left;
    comm_sum_u64(d->comm, &all, 1);
    return all > 0;
}

/* ---- writing ---- */

static int by_shard(const void *a, const void *b) {
    const struct held *x = a, *y = b;
    if (x->shard != y->shard)
        return x->shard < y->shard ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : x->ordinal > y->ordinal;
}

static int write_held(struct dealer *d, const struct held *held, struct err *err) {
    struct slice parcel = held->parcel;
    struct doc doc = {.member = "",
                      .shard = file_base_name(d->manifest->shards[held->row].path),
                      .ordinal = held->ordinal};
    doc.text = parcel_take_bytes(&parcel);
    doc.url = parcel_take_bytes(&parcel);
    doc.language = parcel_take_bytes(&parcel);
    return output_add(&d->output, &doc, err);
}

static int write_pass(struct dealer *d, struct err *err) {
    static const char stem[] = "shard";
    int rc = 0;
    if (d->held_count > 0)
        qsort(d->held, d->held_count, sizeof *d->held, by_shard);
    for (size_t i = 0; rc == 0 && i < d->held_count; i++) {
        const struct held *held = &d->held[i];
        if (i == 0 || held[-1].shard != held->shard) {
            rc = output_close(&d->output, err);
            if (rc == 0)
                rc = output_open(&d->output, slice_of(stem), (int)held->shard, err);
        }
        if (rc == 0)
            rc = write_held(d, held, err);
    }
    return rc == 0 ? output_close(&d->output, err) : -1;
}

static void forget_held(struct dealer *d) {
    for (size_t i = 0; i < d->room_count; i++)
        mem_free(d->rooms[i]);
    d->room_count = d->held_count = 0;
}

/* How many shards all ranks together make in one pass. */
static int shards_a_pass(const struct dealer *d) {
    int64_t each = d->options->memory_bytes / (int64_t)d->shard_text;
    int64_t all = (each > 1 ? each : 1) * comm_size(d->comm);
    return all < d->options->shards ? (int)all : d->options->shards;
}

static int deal_pass(struct dealer *d, struct err *err) {
    uint64_t left = 1;
    int more;
    while ((more = deal_round(d, &left, err)) > 0)
        continue;
    int rc = more == 0 ? write_pass(d, err) : -1;
    forget_held(d);
    return comm_agree(d->comm, rc, err);
}

static int deal_all(struct dealer *d, const struct config *config, int *passes,
                    struct err *err) {
    int step = shards_a_pass(d);
    for (d->first = 0; d->first < d->options->shards; d->first = d->last) {
        d->last = d->first + step;
        rewind_walk(d, config, true);
        if (deal_pass(d, err) < 0)
            return -1;
        ++*passes;
    }
    uint64_t written = d->output.counts.documents;
    comm_sum_u64(d->comm, &written, 1);
    if (written != d->documents)
        return err_set(err, ERR_IO,
                       "%llu documents were there at first, %llu later: the corpus "
                       "changed while it was read",
                       (unsigned long long)d->documents, (unsigned long long)written);
    return 0;
}

static void dealer_fini(struct dealer *d) {
    for (int r = 0; r < comm_size(d->comm); r++)
        str_fini(&d->out[r]);
    walk_fini(&d->walk);
    clean_destroy(d->clean);
    str_fini(&d->texts);
    str_fini(&d->packed);
    mem_free(d->out);
    mem_free(d->bytes);
    mem_free(d->shards);
    mem_free(d->rooms);
    mem_free(d->held);
}

int reshard_run(struct comm *comm, const struct config *config,
                const struct manifest *manifest, const struct reshard_options *options,
                struct reshard_result *result, struct err *err) {
    struct dealer d = {.comm = comm, .options = options, .manifest = manifest};
    *result = (struct reshard_result){0};
    d.bytes = mem_alloc(BUCKETS, sizeof *d.bytes);
    d.shards = mem_alloc(BUCKETS, sizeof *d.shards);
    d.out = mem_alloc((size_t)comm_size(comm), sizeof *d.out);
    d.clean = clean_create(config, manifest, err);
    int rc = comm_agree(comm, d.clean ? 0 : -1, err);
    if (rc == 0)
        rc = output_begin(&d.output, comm, &options->output, err);
    if (rc == 0) {
        rc = plan(&d, config, err);
        result->tally = d.tally;
        comm_sum_u64(comm, (uint64_t *)&result->tally, TALLY_COUNT);
        if (rc == 0)
            rc = deal_all(&d, config, &result->passes, err);
        rc = output_end(&d.output, comm, rc, &result->counts, err);
    }
    dealer_fini(&d);
    return rc;
}
