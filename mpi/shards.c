/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets and slices: see shards.h.
 *
 * The first bucket is small, so that something travels early; with many ranks buckets
 * grow, so that the message from one rank to another is never a handful of lines. */
#include "mpi/shards.h"

#include <string.h>

#include "mpi/partition.h"
#include "src/base/die.h"
#include "src/base/mem.h"

/* In elements: 64 bytes, 1 MiB, 4 MiB, 64 KiB. */
enum { LINE = 16, FIRST = 1 << 18, BUCKET = 1 << 20, LEAST_SLICE = 1 << 14 };

static size_t best_size(const struct shards *s) {
    size_t size = s->count == 0 ? FIRST : BUCKET,
           least = LEAST_SLICE * (size_t)s->ranks;
    return size > least ? size : least;
}

static void add_bucket(struct shards *s, struct span bucket, int owner) {
    size_t count = (size_t)s->count + 1;
    s->buckets = mem_resize(s->buckets, count, sizeof *s->buckets);
    s->owners = mem_resize(s->owners, count, sizeof *s->owners);
    s->buckets[s->count] = bucket;
    s->owners[s->count++] = owner;
}

/* Elements begin … end-1, which any cut will do for, into buckets. */
static void cut_stretch(struct shards *s, size_t begin, size_t end, size_t bucket) {
    while (end > begin) {
        size_t size = bucket > 0 ? bucket : best_size(s), from = begin;
        if (end - begin > size && (end - size) / LINE * LINE > begin)
            from = (end - size) / LINE * LINE;
        add_bucket(s, (struct span){from, end - from}, -1);
        end = from;
    }
}

/* The rank that has least so far, and from now on so much more. */
static int least_loaded(size_t *loads, int ranks, size_t more) {
    int least = 0;
    for (int r = 1; r < ranks; r++)
        if (loads[r] < loads[least])
            least = r;
    loads[least] += more;
    return least;
}

void shards_init(struct shards *shards, size_t total, int ranks, size_t bucket,
                 const struct span_list *whole) {
    *shards = (struct shards){.total = total, .ranks = ranks};
    size_t *loads = mem_alloc((size_t)ranks, sizeof *loads), end = total;
    for (int i = whole->count - 1; i >= 0; i--) {
        struct span one = whole->items[i];
        cut_stretch(shards, one.offset + one.count, end, bucket);
        add_bucket(shards, one, least_loaded(loads, ranks, one.count));
        end = one.offset;
    }
    cut_stretch(shards, 0, end, bucket);
    mem_free(loads);
}

/* How many of the kept elements lie before a place. */
static size_t kept_before(const struct span_list *kept, size_t place) {
    size_t before = 0;
    for (int i = 0; i < kept->count && kept->items[i].offset < place; i++) {
        size_t until = place - kept->items[i].offset;
        before += until < kept->items[i].count ? until : kept->items[i].count;
    }
    return before;
}

void shards_init_part(struct shards *part, const struct shards *all,
                      const struct span_list *kept) {
    *part =
        (struct shards){.total = kept_before(kept, all->total), .ranks = all->ranks};
    for (int b = 0; b < all->count; b++) {
        struct span bucket = all->buckets[b];
        size_t begin = kept_before(kept, bucket.offset),
               count = kept_before(kept, bucket.offset + bucket.count) - begin;
        CHECK(count == 0 || count == bucket.count);
        add_bucket(part, (struct span){begin, count}, all->owners[b]);
    }
}

void shards_fini(struct shards *shards) {
    mem_free(shards->buckets);
    mem_free(shards->owners);
    *shards = (struct shards){0};
}

struct span shards_slice(const struct shards *shards, int bucket, int rank) {
    CHECK(bucket >= 0 && bucket < shards->count);
    struct span all = shards->buckets[bucket];
    int owner = shards->owners[bucket];
    if (owner >= 0)
        return (struct span){all.offset, rank == owner ? all.count : 0};
    size_t lines = (all.count + LINE - 1) / LINE;
    struct share run = partition((int64_t)lines, rank, shards->ranks);
    size_t begin = (size_t)run.first * LINE, end = begin + (size_t)run.count * LINE;
    begin = begin < all.count ? begin : all.count;
    end = end < all.count ? end : all.count;
    return (struct span){all.offset + begin, end - begin};
}

size_t shards_size(const struct shards *shards, int rank) {
    size_t size = 0;
    for (int b = 0; b < shards->count; b++)
        size += shards_slice(shards, b, rank).count;
    return size;
}

static struct span overlap(struct span a, struct span b) {
    size_t begin = a.offset > b.offset ? a.offset : b.offset;
    size_t a_end = a.offset + a.count, b_end = b.offset + b.count;
    size_t end = a_end < b_end ? a_end : b_end;
    return (struct span){begin, end > begin ? end - begin : 0};
}

void shards_take(const struct shards *shards, int rank, struct span have,
                 const float *data, float *shard) {
    for (int b = 0; b < shards->count; b++) {
        struct span slice = shards_slice(shards, b, rank), both = overlap(slice, have);
        if (both.count > 0)
            memcpy(shard + (both.offset - slice.offset),
                   data + (both.offset - have.offset), both.count * sizeof *data);
        shard += slice.count;
    }
}

/* What each rank wants, on all. */
static struct span *tell_wants(struct comm *comm, struct span want) {
    size_t n = (size_t)comm_size(comm), *sizes = mem_alloc(2 * n, sizeof *sizes);
    struct span *out = mem_alloc(n, sizeof *out);
    for (size_t r = 0; r < n; r++) {
        out[r] = want;
        sizes[r] = sizeof want;
    }
    struct span *wants = comm_exchange(comm, out, sizes, sizes + n);
    mem_free(out);
    mem_free(sizes);
    return wants;
}

/* How many elements of `want` a rank's shard has. */
static size_t count_own(const struct shards *s, int rank, struct span want) {
    size_t count = 0;
    for (int b = 0; b < s->count; b++)
        count += overlap(shards_slice(s, b, rank), want).count;
    return count;
}

/* Writes those that this rank's shard has to `out`; returns where they end. */
static float *pack(const struct shards *s, int rank, const float *shard,
                   struct span want, float *out) {
    for (int b = 0; b < s->count; b++) {
        struct span slice = shards_slice(s, b, rank), both = overlap(slice, want);
        if (both.count > 0)
            memcpy(out, shard + (both.offset - slice.offset), both.count * sizeof *out);
        out += both.count;
        shard += slice.count;
    }
    return out;
}

/* Puts what a rank packed for us where it belongs; returns where that ends. */
static const float *unpack(const struct shards *s, int rank, const float *in,
                           struct span want, float *data) {
    for (int b = 0; b < s->count; b++) {
        struct span both = overlap(shards_slice(s, b, rank), want);
        if (both.count > 0)
            memcpy(data + (both.offset - want.offset), in, both.count * sizeof *in);
        in += both.count;
    }
    return in;
}

/* The same of what is in this rank's own shard; returns how many elements. */
static size_t copy_own(const struct shards *s, int rank, const float *shard,
                       struct span want, float *data) {
    size_t copied = 0;
    for (int b = 0; b < s->count; b++) {
        struct span slice = shards_slice(s, b, rank), both = overlap(slice, want);
        if (both.count > 0)
            memcpy(data + (both.offset - want.offset),
                   shard + (both.offset - slice.offset), both.count * sizeof *data);
        copied += both.count;
        shard += slice.count;
    }
    return copied;
}

/* To all other ranks, or from them. */
struct parcels {
    float *data; /* (room) owned */
    size_t room;
    size_t *sizes; /* (ranks) bytes of each; owned */
};

static void parcels_init(struct parcels *p, int ranks) {
    *p = (struct parcels){.sizes = mem_alloc((size_t)ranks, sizeof *p->sizes)};
}

static void parcels_fini(struct parcels *p) {
    mem_free(p->data);
    mem_free(p->sizes);
}

/* Room for what sizes say: new memory is dear, and there is a piece after the other. */
static void parcels_reserve(struct parcels *p, int ranks) {
    size_t count = 0;
    for (int r = 0; r < ranks; r++)
        count += p->sizes[r] / sizeof *p->data;
    if (count <= p->room)
        return;
    mem_free(p->data);
    p->data = mem_alloc(count, sizeof *p->data);
    p->room = count;
}

/* A piece of what each rank wants (size), this rank's to `data`. */
static void fetch_piece(const struct shards *shards, struct comm *comm,
                        const float *shard, const struct span *wants, float *data,
                        struct parcels *out, struct parcels *in) {
    int rank = comm_rank(comm), size = comm_size(comm);
    for (int r = 0; r < size; r++) {
        bool other = r != rank;
        out->sizes[r] = other ? count_own(shards, rank, wants[r]) * sizeof *data : 0;
        in->sizes[r] = other ? count_own(shards, r, wants[rank]) * sizeof *data : 0;
    }
    parcels_reserve(out, size);
    parcels_reserve(in, size);
    float *next = out->data;
    for (int r = 0; r < size; r++)
        next = r == rank ? next : pack(shards, rank, shard, wants[r], next);
    comm_exchange_known(comm, out->data, out->sizes, in->data, in->sizes);
    const float *came = in->data;
    for (int r = 0; r < size; r++)
        came = r == rank ? came : unpack(shards, r, came, wants[rank], data);
    size_t own = copy_own(shards, rank, shard, wants[rank], data);
    CHECK((size_t)(came - in->data) + own == wants[rank].count);
}

/* Elements for each rank that are on their way at once: what is sent and what comes
 * take memory beside the result. */
enum { PIECE = 1 << 20 };

static struct span piece_of(struct span want, size_t at) {
    size_t rest = want.count > at ? want.count - at : 0;
    return (struct span){want.offset + at, rest < PIECE ? rest : PIECE};
}

void shards_fetch(const struct shards *shards, struct comm *comm, const float *shard,
                  struct span want, float *data) {
    int size = comm_size(comm);
    struct span *wants = tell_wants(comm, want);
    struct span *piece = mem_alloc((size_t)size, sizeof *piece);
    struct parcels out, in;
    size_t most = 0;
    for (int r = 0; r < size; r++)
        most = wants[r].count > most ? wants[r].count : most;
    parcels_init(&out, size);
    parcels_init(&in, size);
    for (size_t at = 0; at < most; at += PIECE) {
        for (int r = 0; r < size; r++)
            piece[r] = piece_of(wants[r], at);
        fetch_piece(shards, comm, shard, piece, at < want.count ? data + at : data,
                    &out, &in);
    }
    parcels_fini(&out);
    parcels_fini(&in);
    mem_free(piece);
    mem_free(wants);
}
