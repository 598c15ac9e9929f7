/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: after reduce_end every rank's shard must hold the sum over ranks, in the same
 * bits whatever spans came, whenever somebody polled, and however the ranks are dealt
 * to nodes of 2^j; what travels as brain floats may be off by their rounding, no more.
 * Then weights that each rank moves in its shard must be everybody's. */
#include "mpi/reduce.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "mpi/gather.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { LARGEST = 600011, ROUNDS = 3 };

static struct comm *comm;

static float *values; /* (ranks, LARGEST): what each rank's gradients are */
static double *sums;  /* (LARGEST) of them */

static void fill(void) {
    size_t ranks = (size_t)comm_size(comm);
    values = mem_alloc(ranks * LARGEST, sizeof *values);
    sums = mem_alloc(LARGEST, sizeof *sums);
    for (size_t r = 0; r < ranks; r++) {
        uint64_t x = 88172645463325252u + r;
        for (size_t i = 0; i < LARGEST; i++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            float value = (float)((double)(x >> 11) * 0x1p-53 - .5);
            values[r * LARGEST + i] = value;
            sums[i] += (double)value;
        }
    }
}

/* How a round goes: which spans come, and who looks how often. */
enum manner { AT_ONCE, IN_PIECES, POLLED, LATE };

static void bring(struct reducer *reducer, size_t total, enum manner manner) {
    struct rng rng;
    rng_init(&rng, 9, RNG_TEST, (uint64_t)manner, (uint64_t)comm_rank(comm));
    size_t end = total;
    while (end > 0) {
        size_t most = manner == AT_ONCE ? end : total / 7 + 1;
        size_t count = manner == AT_ONCE ? end : 1 + (size_t)rng_below(&rng, most);
        count = count < end ? count : end;
        reduce_begin(reducer, (struct span){end - count, count});
        reduce_begin(reducer, (struct span){end - count, 0});
        end -= count;
        for (uint64_t n = manner == POLLED ? rng_below(&rng, 300) : 0; n > 0; n--)
            reduce_poll(reducer);
        if (manner == LATE && comm_rank(comm) == 0)
            usleep(3000);
    }
    if (total == 0)
        reduce_begin(reducer, (struct span){0, 0});
}

/* One reduction of the values; shard gets this rank's part. */
static void round_of(struct reducer *reducer, size_t total, enum manner manner,
                     float *shard) {
    const struct shards *shards = reducer_shards(reducer);
    int rank = comm_rank(comm);
    float *grads = reducer_gradients(reducer);
    comm_barrier(comm);
    memcpy(grads, values + (size_t)rank * LARGEST, total * sizeof *grads);
    bring(reducer, total, manner);
    reduce_end(reducer);
    shards_take(shards, rank, (struct span){0, total}, grads, shard);
}

/* How far the shard is from the sums in double. */
static double worst_of(const struct shards *shards, const float *shard) {
    double worst = 0;
    for (int b = 0; b < shards->count; b++) {
        struct span slice = shards_slice(shards, b, comm_rank(comm));
        for (size_t i = 0; i < slice.count; i++)
            worst = fmax(worst, fabs(*shard++ - sums[slice.offset + i]));
    }
    return worst;
}

static void move_shard(struct reducer *reducer) {
    const struct shards *shards = reducer_shards(reducer);
    float *weights = reducer_weights(reducer);
    for (int b = shards->count - 1; b >= 0; b--) {
        struct span slice = shards_slice(shards, b, comm_rank(comm));
        for (size_t i = slice.offset; i < slice.offset + slice.count; i++)
            weights[i] += (float)(i % 1000) + 1;
        gather_begin(reducer, b);
        if (b % 2 == 1 && comm_rank(comm) == 0)
            usleep(1000);
    }
}

/* Each rank moves its shard of the weights, all see it: in spans as they are waited
 * for.  In even rounds the next reduction has to find out that the gathering is
 * over. */
static void check_gather(struct reducer *reducer, size_t total, int round) {
    const float *weights = reducer_weights(reducer);
    bool right = true;
    size_t at = 0;
    move_shard(reducer);
    for (size_t count; at < total; at += count) {
        count = total / 5 + 1 < total - at ? total / 5 + 1 : total - at;
        reduce_poll(reducer);
        gather_wait(reducer, (struct span){at, count});
        for (size_t i = at; i < at + count; i++)
            right = right && weights[i] == (float)((round + 1) * (int)(i % 1000 + 1));
    }
    ok(right, "  weights of %zu elements are those of all ranks", total);
    if (round % 2 == 1)
        gather_end(reducer);
}

/* The first shard of all ways with fp32, for comparison with the others. */
static void test_way(size_t total, int node_ranks, bool narrow, bool blocking,
                     float *want, bool same) {
    static struct span spans[] = {{3, 30000}, {50000, 200}, {50200, 30000}};
    bool long_enough = total > 80200; /* then some of it has one owner */
    const struct span_list whole = {spans, long_enough ? 3 : 0};
    /* small buckets, so that many are on their way, and wait for each other */
    const struct reducer_options options = {total,      blocking, narrow,
                                            node_ranks, 40000,    whole};
    struct reducer *reducer = reducer_create(comm, &options);
    const struct shards *shards = reducer_shards(reducer);
    size_t own = shards_size(shards, comm_rank(comm));
    float *first = mem_alloc(own, sizeof *first),
          *shard = mem_alloc(own, sizeof *shard);
    double limit = comm_size(comm) * (narrow ? 2e-3 : 1e-6);
    round_of(reducer, total, AT_ONCE, first);
    double worst = worst_of(shards, first);
    ok(worst <= limit, "%zu elements, nodes of %d%s%s: off by %g", total, node_ranks,
       narrow ? ", bf16" : "", blocking ? ", blocking" : "", worst);
    check_gather(reducer, total, 0);
    for (int round = 1; round <= ROUNDS; round++) {
        round_of(reducer, total, (enum manner)round, shard);
        ok(memcmp(first, shard, own * sizeof *shard) == 0, "  way %d: the same bits",
           round);
        check_gather(reducer, total, round);
    }
    if (same && want)
        ok(memcmp(first, want, own * sizeof *want) == 0, "  and those of one node");
    else if (want)
        memcpy(want, first, own * sizeof *want);
    ok(reducer_seconds(reducer) > 0 && reducer_seconds(reducer) == 0,
       "  time is handed out once");
    gather_end(reducer);
    reducer_destroy(reducer);
    mem_free(first), mem_free(shard);
}

int main(int argc, char **argv) {
    static const size_t totals[] = {0, 1, 3, 17, 100003, LARGEST};
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    fill();
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        float *want = mem_alloc(totals[i], sizeof *want);
        test_way(totals[i], 0, false, false, want, false);
        test_way(totals[i], 1, false, false, want, true);
        test_way(totals[i], 2, false, false, want, true);
        test_way(totals[i], 3, false, false, NULL,
                 false); /* with 4 ranks: nodes of 3 and 1 */
        test_way(totals[i], 2, true, false, NULL, false);
        test_way(totals[i], 0, false, true, NULL, false);
        mem_free(want);
    }
    mem_free(values), mem_free(sums);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
