/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: first weights are part of what a run is, so batches must have the very bits of
 * numbers drawn one by one, for any instruction set, length and range, also where the
 * counter of blocks comes round. */
#include "src/kernels/normal.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "tests/tap.h"

static void one_by_one(struct rng *rng, size_t n, double range, float *x) {
    for (size_t i = 0; i < n; i++) {
        double z = rng_normal(rng);
        while (fabs(z) > 2)
            z = rng_normal(rng);
        x[i] = (float)(range * z);
    }
}

static const struct {
    size_t n;
    double range;
    uint64_t seed;
    uint32_t first; /* block */
} rows[] = {
    {0, 0.02, 1, 0},       {1, 0.02, 1, 0},   {255, 0.02, 2, 0},
    {256, 1, 3, 0},        {257, 0, 4, 0},    {1000, 0.02, 5, UINT32_MAX - 300},
    {3000000, 0.02, 6, 0}, {100000, 1, 7, 0}, {100000, 3.7e-5, UINT64_MAX, 0},
};

static void test_row(size_t r, enum isa isa) {
    size_t n = rows[r].n, bytes = (n + 1) * sizeof(float);
    float *got = mem_alloc(bytes, 1), *want = mem_alloc(bytes, 1);
    struct rng a, b;
    rng_init(&a, rows[r].seed, RNG_TEST, (uint64_t)r, 1);
    a.counter[0] = rows[r].first;
    b = a;
    got[n] = want[n] = 7; /* nothing is written after */
    normal_cut(&a, n, rows[r].range, got);
    one_by_one(&b, n, rows[r].range, want);
    ok(memcmp(got, want, bytes) == 0, "isa %d: %zu of range %g", (int)isa, n,
       rows[r].range);
    mem_free(got), mem_free(want);
}

int main(void) {
    for (enum isa isa = ISA_BASELINE; isa <= ISA_AVX512; isa++) {
        dispatch_limit(isa);
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            test_row(r, isa);
    }
    return tap_done();
}
