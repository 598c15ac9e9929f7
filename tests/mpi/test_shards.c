/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: buckets must follow each other from the end of a block to its beginning and
 * slices within them without gap or overlap, however odd the sizes; then what each rank
 * keeps of a block, and fetches of any part of it, must be that block's numbers. */
#include "mpi/shards.h"

#include <string.h>

#include "mpi/partition.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "tests/tap.h"

static const struct span_list none = {0};

static void test_cover(size_t total, int ranks, size_t bucket) {
    struct shards shards;
    shards_init(&shards, total, ranks, bucket, &none);
    size_t end = total, owned = 0;
    bool touching = true, lines = true;
    for (int b = 0; b < shards.count; b++) {
        size_t next = shards.buckets[b].offset;
        touching = touching && next + shards.buckets[b].count == end;
        end = next;
        for (int r = 0; r < ranks; r++) {
            struct span slice = shards_slice(&shards, b, r);
            touching = touching && slice.offset == next;
            lines = lines && (slice.offset % 16 == 0 || slice.count == 0);
            next += slice.count;
        }
        touching = touching && next == end + shards.buckets[b].count;
    }
    for (int r = 0; r < ranks; r++)
        owned += shards_size(&shards, r);
    ok(touching && end == 0, "%zu elements, %d ranks, %d buckets: no gap, no overlap",
       total, ranks, shards.count);
    ok(lines, "  slices begin on a line");
    is_int((int64_t)owned, (int64_t)total, "  all is owned, once");
    shards_fini(&shards);
}

static float value(size_t i) { return (float)(i % 999983) + 1; }

static void test_fetch(struct comm *comm, size_t total, const struct span_list *whole) {
    int rank = comm_rank(comm), size = comm_size(comm);
    struct shards shards;
    shards_init(&shards, total, size, 0, whole);
    size_t own = shards_size(&shards, rank), third = total / 3, at = 0;
    float *block = mem_alloc(total, sizeof *block),
          *shard = mem_alloc(own, sizeof *shard);
    for (size_t i = 0; i < total; i++)
        block[i] = value(i);
    /* as tensors come: in pieces that know nothing of slices */
    shards_take(&shards, rank, (struct span){0, third}, block, shard);
    shards_take(&shards, rank, (struct span){third, total - third}, block + third,
                shard);
    bool right = true;
    for (int b = 0; b < shards.count; b++) {
        struct span slice = shards_slice(&shards, b, rank);
        right = right && memcmp(shard + at, block + slice.offset, 4 * slice.count) == 0;
        at += slice.count;
    }
    ok(right && at == own, "%zu elements: the shard has its slices, in order", total);
    /* an even part of each, then everything for rank 0 alone */
    struct share run = partition((int64_t)total, rank, size);
    const struct span wants[] = {{(size_t)run.first, (size_t)run.count},
                                 {0, rank == 0 ? total : 0}};
    for (int i = 0; i < 2; i++) {
        memset(block, 0, total * sizeof *block);
        shards_fetch(&shards, comm, shard, wants[i], block);
        right = true;
        for (size_t j = 0; j < total; j++)
            right = right &&
                    block[j] == (j < wants[i].count ? value(wants[i].offset + j) : 0);
        ok(right, "  and a fetch brings what was wanted");
    }
    mem_free(block), mem_free(shard);
    shards_fini(&shards);
}

/* The buckets of a part: each as long as in the whole or empty, one after the other
 * from its end, and the same rank's in every slice. */
static void test_part(const struct shards *all, const struct span_list *kept,
                      size_t total) {
    struct shards part;
    shards_init_part(&part, all, kept);
    size_t end = total;
    bool right = part.total == total && part.count == all->count;
    for (int b = 0; right && b < part.count; b++) {
        struct span bucket = part.buckets[b];
        right = bucket.offset + bucket.count == end;
        end = bucket.offset;
        for (int r = 0; right && r < part.ranks; r++) {
            struct span here = shards_slice(&part, b, r),
                        there = shards_slice(all, b, r);
            right = here.count == (bucket.count ? there.count : 0) &&
                    (here.count == 0 || here.offset - bucket.offset ==
                                            there.offset - all->buckets[b].offset);
        }
    }
    ok(right && end == 0, "%d ranks: a part of %zu has the same owners", all->ranks,
       total);
    shards_fini(&part);
}

/* Spans at both ends, side by side and apart, and what lies between. */
static void test_whole(struct comm *comm, int ranks) {
    static struct span spans[] = {
        {0, 1001}, {1001, 1000}, {5000, 70000}, {75007, 3000}, {90000, 10003}};
    const struct span_list whole = {spans, sizeof spans / sizeof *spans};
    struct shards shards;
    shards_init(&shards, 100003, ranks, 5000, &whole);
    size_t end = 100003, owned = 0;
    int kept = 0;
    bool touching = true;
    for (int b = 0; b < shards.count; b++) {
        struct span bucket = shards.buckets[b];
        touching = touching && bucket.offset + bucket.count == end && bucket.count > 0;
        end = bucket.offset;
        for (int r = 0; r < ranks; r++) {
            struct span slice = shards_slice(&shards, b, r);
            owned += slice.count;
            for (int i = 0; i < whole.count; i++)
                kept +=
                    slice.count == spans[i].count && slice.offset == spans[i].offset;
        }
    }
    ok(touching && end == 0, "%d ranks, whole spans: no gap, no overlap", ranks);
    is_int((int64_t)owned, 100003, "  all is owned, once");
    is_int(kept, whole.count, "  each of the spans by one rank");
    struct span between[] = {{2001, 2999}, {75000, 7}, {78007, 11993}},
                everything = {0, 100003};
    test_part(&shards, &whole, 1001 + 1000 + 70000 + 3000 + 10003);
    test_part(&shards, &(struct span_list){between, 3}, 2999 + 7 + 11993);
    test_part(&shards, &(struct span_list){&everything, 1}, 100003);
    test_part(&shards, &none, 0);
    shards_fini(&shards);
    test_fetch(comm, 100003, &whole);
}

int main(int argc, char **argv) {
    static const size_t totals[] = {0, 1, 15, 16, 17, 1 << 18, (1 << 18) + 1, 1500001};
    static const int ranks[] = {1, 2, 3, 7, 300};
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        for (size_t j = 0; j < sizeof ranks / sizeof *ranks; j++)
            test_cover(totals[i], ranks[j], 0);
        test_fetch(comm, totals[i], &none);
    }
    test_cover((size_t)3 << 32, 5, 0);
    test_cover(100003, 4, 5000);
    test_cover(100003, 4, 16);
    for (int r = 1; r <= 8; r *= 2)
        test_whole(comm, r);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
