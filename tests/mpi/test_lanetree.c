/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the sum over lanes must have the bits that a plain recursion over all lanes in
 * one process gives, on any number of ranks, for lanes that are a power of two and that
 * are not, for shards cut small and large, twice in a row.  A sum in order of lanes has
 * other bits (the control): the tree is what makes them. */
#include "mpi/lanetree.h"

#include <math.h>
#include <string.h>

#include "mpi/partition.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "tests/tap.h"

enum { TOTAL = 5003 };

/* Of a lane in a round: numbers of many sizes. */
static float value_of(int64_t lane, size_t i, int round) {
    double x =
        sin((double)(lane + 1) * 12.9898 + (double)i * 78.233 + round) * 43758.5453;
    return (float)((x - floor(x) - .5) *
                   pow(10, (double)((lane + (int64_t)i) % 7) - 3));
}

/* The definition. */
static float tree_of(int64_t first, int64_t width, int64_t lanes, size_t i, int round) {
    if (width == 1)
        return value_of(first, i, round);
    float left = tree_of(first, width / 2, lanes, i, round);
    if (first + width / 2 >= lanes)
        return left;
    return left + tree_of(first + width / 2, width / 2, lanes, i, round);
}

static float plain_of(int64_t lanes, size_t i, int round) {
    float sum = 0;
    for (int64_t lane = 0; lane < lanes; lane++)
        sum += value_of(lane, i, round);
    return sum;
}

static void add_lanes(struct lanetree *tree, struct share own, int round) {
    for (int64_t lane = own.first; lane < own.first + own.count; lane++) {
        float *block = lanetree_next(tree);
        for (size_t i = 0; i < TOTAL; i++)
            block[i] += value_of(lane, i, round); /* to zeros */
    }
}

/* Elements of the rank's shard that are not the tree's sum, and not the plain one. */
static void count_wrong(const struct shards *shards, int rank, const float *grads,
                        int64_t lanes, int round, int64_t wrong[2]) {
    for (int b = 0; b < shards->count; b++) {
        struct span own = shards_slice(shards, b, rank);
        for (size_t i = own.offset; i < own.offset + own.count; i++) {
            wrong[0] += grads[i] != tree_of(0, 65536, lanes, i, round);
            wrong[1] += grads[i] != plain_of(lanes, i, round);
        }
    }
}

static void test_lanes(struct comm *comm, int64_t lanes, size_t bucket) {
    int rank = comm_rank(comm);
    struct shards shards;
    shards_init(&shards, TOTAL, comm_size(comm), bucket, &(struct span_list){0});
    struct lanetree *tree = lanetree_create(comm, &shards, lanes);
    float *grads = mem_alloc(TOTAL, sizeof *grads);
    size_t before = mem_mapped(), most = 0;
    for (int round = 0; round < 2; round++) {
        int64_t wrong[2] = {0, 0};
        add_lanes(tree, partition(lanes, rank, comm_size(comm)), round);
        most = mem_mapped() - before;
        lanetree_end(tree, grads);
        count_wrong(&shards, rank, grads, lanes, round, wrong);
        is_int(wrong[0], 0, "%d lanes, buckets of %zu, round %d: the tree's bits",
               (int)lanes, bucket, round);
        if (lanes > 4)
            ok(wrong[1] > 0, "  which are not those of a plain sum");
    }
    ok(most <= lanetree_measure(comm, &shards, lanes) + ((size_t)64 << 20),
       "  and no more memory than foretold");
    lanetree_destroy(tree);
    mem_free(grads);
    shards_fini(&shards);
}

int main(int argc, char **argv) {
    static const int64_t lanes[] = {4, 5, 6, 7, 8, 11, 16, 24, 33};
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    for (size_t i = 0; i < sizeof lanes / sizeof *lanes; i++)
        test_lanes(comm, lanes[i], i % 2 ? 0 : 700);
    lanetree_destroy(NULL);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
