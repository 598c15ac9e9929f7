/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for tests: see fill.h. */
#include "tests/fill.h"

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/base/rng.h"

float *fill_normal(int64_t n, uint32_t tag, double deviation) {
    struct rng rng;
    rng_init(&rng, 1, RNG_TEST, tag, 0);
    float *x = mem_alloc((size_t)n, sizeof *x);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(deviation * rng_normal(&rng));
    return x;
}

double *fill_widen(int64_t n, const float *x) {
    double *wide = mem_alloc((size_t)n, sizeof *wide);
    for (int64_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    return wide;
}

float *fill_copy(int64_t n, const float *x) {
    return mem_copy(x, (size_t)n * sizeof *x);
}

int32_t *fill_ids(int64_t n, uint32_t tag, int32_t below) {
    struct rng rng;
    rng_init(&rng, 2, RNG_TEST, tag, 0);
    int32_t *ids = mem_alloc((size_t)n, sizeof *ids);
    for (int64_t i = 0; i < n; i++)
        ids[i] = (int32_t)rng_below(&rng, (uint64_t)below);
    return ids;
}

bool fill_is(const void *bytes, size_t n, int value) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < n; i++)
        if (at[i] != (unsigned char)value)
            return false;
    return true;
}

bool fill_isa(int isa) {
    dispatch_limit((enum isa)isa);
    if (isa <= ISA_AVX512 && dispatch_isa() == (enum isa)isa)
        return true;
    dispatch_limit(ISA_AVX512);
    return false;
}
