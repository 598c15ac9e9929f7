/* SPDX-License-Identifier: Apache-2.0 */
/* Philox 4x32-10 and what is drawn from it: see rng.h. */
#include "src/base/rng.h"

#include <math.h>

#include "src/base/die.h"

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * x0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * x2;
        uint32_t y0 = (uint32_t)(p1 >> 32) ^ x1 ^ k0;
        uint32_t y2 = (uint32_t)(p0 >> 32) ^ x3 ^ k1;
        x1 = (uint32_t)p1;
        x3 = (uint32_t)p0;
        x0 = y0;
        x2 = y2;
        k0 += 0x9E3779B9u; /* golden ratio */
        k1 += 0xBB67AE85u; /* sqrt(3) - 1 */
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

/* counter = { place in the sequence, a, low b, purpose and high b } */
void rng_init(struct rng *rng, uint64_t seed, enum rng_purpose purpose, uint64_t a,
              uint64_t b) {
    CHECK(a >> 32 == 0 && b >> 48 == 0);
    rng->key[0] = (uint32_t)seed;
    rng->key[1] = (uint32_t)(seed >> 32);
    rng->counter[0] = 0;
    rng->counter[1] = (uint32_t)a;
    rng->counter[2] = (uint32_t)b;
    rng->counter[3] = (uint32_t)purpose << 16 | (uint32_t)(b >> 32);
    rng->left = 0;
}

uint32_t rng_u32(struct rng *rng) {
    if (rng->left == 0) {
        philox4x32(rng->counter, rng->key, rng->words);
        rng->counter[0]++;
        rng->left = 4;
    }
    return rng->words[4 - rng->left--];
}

uint64_t rng_u64(struct rng *rng) {
    uint64_t low = rng_u32(rng);
    return (uint64_t)rng_u32(rng) << 32 | low;
}

/* Lemire, "Fast random integer generation in an interval" (2019), with rejection. */
uint64_t rng_below(struct rng *rng, uint64_t n) {
    CHECK(n > 0);
    unsigned __int128 product = (unsigned __int128)rng_u64(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;
        while ((uint64_t)product < threshold)
            product = (unsigned __int128)rng_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

double rng_uniform(struct rng *rng) { return (double)(rng_u64(rng) >> 11) * 0x1p-53; }

double rng_normal(struct rng *rng) {
    double u = 1.0 - rng_uniform(rng); /* in (0, 1] */
    double v = rng_uniform(rng);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void rng_permutation(struct rng *rng, uint32_t *order, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = (uint32_t)rng_below(rng, i + 1u);
        order[i] = order[j];
        order[j] = i;
    }
}
