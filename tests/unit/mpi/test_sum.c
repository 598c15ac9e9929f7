/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: sums must be the tree that the header describes, bit for bit, which numbers of
 * very different sizes show; groups of 2^j summed alike beforehand must give the same
 * bits; the target may be any of the addends. */
#include "mpi/sum.h"

#include <string.h>

#include "src/base/bf16.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

enum { MOST = 9, N = 40001 };

static float *vectors[MOST];

static void fill(void) {
    for (int k = 0; k < MOST; k++) {
        struct rng rng;
        rng_init(&rng, 5, RNG_TEST, (uint64_t)k, 0);
        vectors[k] = mem_alloc(N, sizeof **vectors);
        for (int i = 0; i < N; i++)
            vectors[k][i] =
                (float)rng_normal(&rng) * (float)(1 << (i * 7 + k * 5) % 20);
    }
}

/* By the words of the header. */
static float want(int first, int count, int i) {
    if (count == 1)
        return vectors[first][i];
    int left = 1;
    while (left * 2 < count)
        left *= 2;
    return want(first, left, i) + want(first + left, count - left, i);
}

static void test_tree(int count, size_t n) {
    struct addend addends[MOST];
    float *to = mem_alloc(N, sizeof *to);
    bool right = true;
    for (int k = 0; k < count; k++)
        addends[k] = (struct addend){vectors[k], false};
    sum_tree(addends, count, n, to);
    for (size_t i = 0; i < n; i++)
        right = right && to[i] == want(0, count, (int)i);
    ok(right && (n == N || to[n] == 0), "%d vectors of %zu", count, n);
    for (int k = 0; k < count && n == N; k++) {
        float *over = mem_copy(vectors[k], N * sizeof *over);
        addends[k].data = over;
        sum_tree(addends, count, n, over);
        ok(memcmp(over, to, N * sizeof *to) == 0, "  over number %d", k);
        addends[k].data = vectors[k];
        mem_free(over);
    }
    mem_free(to);
}

/* Nodes of `group` ranks first, then the nodes. */
static void test_groups(int count, int group) {
    struct addend all[MOST], sums[MOST];
    float *parts = mem_alloc((size_t)MOST * N, sizeof *parts),
          *to = mem_alloc(N, sizeof *to);
    int groups = 0;
    for (int k = 0; k < count; k++)
        all[k] = (struct addend){vectors[k], false};
    for (int k = 0; k < count; k += group, groups++) {
        float *part = parts + (size_t)groups * N;
        sum_tree(all + k, count - k < group ? count - k : group, N, part);
        sums[groups] = (struct addend){part, false};
    }
    sum_tree(all, count, N, to);
    sum_tree(sums, groups, N, parts);
    ok(memcmp(parts, to, N * sizeof *to) == 0, "%d vectors, in groups of %d or at once",
       count, group);
    mem_free(parts), mem_free(to);
}

static void test_narrow(void) {
    uint16_t *narrow = mem_alloc(N, sizeof *narrow);
    float *to = mem_alloc(N, sizeof *to), *wide = mem_alloc(N, sizeof *wide);
    bool right = true;
    bf16_narrow(N, vectors[1], narrow);
    bf16_widen(N, narrow, wide);
    const struct addend addends[] = {{vectors[0], false}, {narrow, true}};
    sum_tree(addends, 2, N, to);
    for (int i = 0; i < N; i++)
        right = right && to[i] == vectors[0][i] + wide[i];
    ok(right, "brain floats among floats");
    mem_free(narrow), mem_free(to), mem_free(wide);
}

int main(void) {
    fill();
    for (int count = 1; count <= MOST; count++)
        test_tree(count, N);
    for (size_t n = 0; n < 40; n += 13)
        test_tree(3, n);
    for (int count = 2; count <= 8; count++)
        for (int group = 1; group <= 4; group *= 2)
            test_groups(count, group);
    test_narrow();
    for (int k = 0; k < MOST; k++)
        mem_free(vectors[k]);
    return tap_done();
}
