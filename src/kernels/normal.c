/* SPDX-License-Identifier: Apache-2.0 */
/* Normal numbers in batches, with the bits of rng_normal, which takes logarithm and
 * cosine from the C library one by one.
 *
 * A number takes one block of Philox, so that blocks can be drawn side by side.
 * Logarithm and cosine are computed here with an error of which the last bits of a
 * double know, but rarely those of a float: where what is within the error all rounds
 * to one float, and to one side of the cut, the library's value does too; elsewhere
 * (one in a hundred thousand) the library is asked. */
#include "src/kernels/normal.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "src/base/dispatch.h"

enum { BATCH = 256 };

/* More than what our z and the library's can be apart while |z| is about 2 or less: a
 * few units in the last place of √(-2 ln u) < 9. */
static const double error = 1e-13;

/* Words 0 … 3 of the blocks at counter[0] + i. */
struct blocks {
    uint32_t w[4][BATCH];
};

KERNEL(normal_draw, (const struct rng *rng, struct blocks *out), (rng, out)) {
    uint32_t *restrict x0 = out->w[0], *restrict x1 = out->w[1];
    uint32_t *restrict x2 = out->w[2], *restrict x3 = out->w[3];
    uint32_t k0 = rng->key[0], k1 = rng->key[1];
    for (uint32_t i = 0; i < BATCH; i++) {
        x0[i] = rng->counter[0] + i;
        x1[i] = rng->counter[1];
        x2[i] = rng->counter[2];
        x3[i] = rng->counter[3];
    }
    for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
#pragma omp simd
        for (int i = 0; i < BATCH; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * x0[i],
                     p1 = (uint64_t)0xCD9E8D57u * x2[i];
            x0[i] = (uint32_t)(p1 >> 32) ^ x1[i] ^ k0;
            x2[i] = (uint32_t)(p0 >> 32) ^ x3[i] ^ k1;
            x1[i] = (uint32_t)p1;
            x3[i] = (uint32_t)p0;
        }
    }
}

/* Two words to [0, 1), as rng_uniform; exact. */
KERNEL_INLINE double uniform(uint32_t low, uint32_t high) {
    return (double)(int64_t)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

/* ln u, u in (0, 1]: of u = 2^e m with m around 1, ln m = 2 artanh((m - 1) / (m + 1)).
 */
KERNEL_INLINE double logarithm(double u) {
    int64_t bits, root = 0x3FE6A09E667F3BCD; /* √½ */
    double m;
    memcpy(&bits, &u, sizeof bits);
    int64_t e = (bits - root) >> 52;
    bits -= (int64_t)((uint64_t)e << 52);
    memcpy(&m, &bits, sizeof m);
    double s = (m - 1) / (m + 1), t = s * s, sum = 1.0 / 21;
    sum = sum * t + 1.0 / 19;
    sum = sum * t + 1.0 / 17;
    sum = sum * t + 1.0 / 15;
    sum = sum * t + 1.0 / 13;
    sum = sum * t + 1.0 / 11;
    sum = sum * t + 1.0 / 9;
    sum = sum * t + 1.0 / 7;
    sum = sum * t + 1.0 / 5;
    sum = sum * t + 1.0 / 3;
    return (double)e * 0.6931471805599453 + (2 * s + 2 * s * t * sum);
}

/* cos a, a in [0, 2π]: Taylor's series about the nearest multiple of π, which is taken
 * off in two parts. */
KERNEL_INLINE double cosine(double a) {
    const double pi = 3.141592653589793, rest = 1.2246467991473532e-16;
    double turns = (double)(int64_t)(a * 0.3183098861837907 + 0.5); /* 0, 1 or 2 */
    double r = (a - turns * pi) - turns * rest, t = r * r;
    double sum = -8.8967913924505741e-22;
    sum = sum * t + 4.1103176233121648e-19;
    sum = sum * t - 1.5619206968586225e-16;
    sum = sum * t + 4.7794773323873853e-14;
    sum = sum * t - 1.1470745597729725e-11;
    sum = sum * t + 2.08767569878681e-09;
    sum = sum * t - 2.7557319223985888e-07;
    sum = sum * t + 2.4801587301587302e-05;
    sum = sum * t - 0.0013888888888888889;
    sum = sum * t + 0.041666666666666664;
    sum = sum * t - 0.5;
    sum = sum * t + 1;
    return turns == 1 ? -sum : sum;
}

KERNEL(normal_batch, (const struct blocks *blocks, double *restrict z), (blocks, z)) {
#pragma omp simd
    for (int i = 0; i < BATCH; i++) {
        double u = 1.0 - uniform(blocks->w[0][i], blocks->w[1][i]);
        double v = uniform(blocks->w[2][i], blocks->w[3][i]);
        z[i] = sqrt(-2.0 * logarithm(u)) * cosine(6.283185307179586 * v);
    }
}

/* Whether every number within the error of z is on one side of the cut, and is one
 * float. */
static bool certain(double z, double range) {
    double size = fabs(z);
    if (size > 2 + error)
        return true;
    return size < 2 - error &&
           (float)(range * (z - error)) == (float)(range * (z + error));
}

/* The number of block i by the library. */
static double ask_library(const struct rng *rng, uint32_t i) {
    struct rng one = *rng;
    one.counter[0] += i;
    return rng_normal(&one);
}

void normal_cut(struct rng *rng, size_t n, double range, float *x) {
    struct blocks blocks;
    double z[BATCH];
    for (size_t done = 0; done < n; rng->counter[0] += BATCH) {
        normal_draw(rng, &blocks);
        normal_batch(&blocks, z);
        for (uint32_t i = 0; i < BATCH && done < n; i++) {
            if (!certain(z[i], range))
                z[i] = ask_library(rng, i);
            if (fabs(z[i]) <= 2)
                x[done++] = (float)(range * z[i]);
        }
    }
}
