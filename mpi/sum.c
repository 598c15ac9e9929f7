/* SPDX-License-Identifier: Apache-2.0 */
/* Sums in a fixed tree: see sum.h.  Block by block, so that what is added up stays in
 * the innermost cache and every addend is read from memory once. */
#include "mpi/sum.h"

#include <stdint.h>
#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"

enum { BLOCK = 1024 };

KERNEL(sum_add, (size_t n, const float *a, const float *b, float *to), (n, a, b, to)) {
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        to[i] = a[i] + b[i];
}

static void load(const struct addend *addend, size_t at, size_t n, float *to) {
    if (addend->narrow)
        bf16_widen(n, (const uint16_t *)addend->data + at, to);
    else
        memcpy(to, (const float *)addend->data + at, n * sizeof *to);
}

static int largest_power_below(int count) {
    int power = 1;
    while (2 * power < count)
        power *= 2;
    return power;
}

/* Elements at … at+n-1 into `to`, which is none of the addends. */
static void sum_block(const struct addend *addends, int count, size_t at, size_t n,
                      float *to) {
    float right[BLOCK];
    if (count == 1) {
        load(addends, at, n, to);
        return;
    }
    if (count == 2 && !addends[0].narrow && !addends[1].narrow) {
        sum_add(n, (const float *)addends[0].data + at,
                (const float *)addends[1].data + at, to);
        return;
    }
    int left = largest_power_below(count);
    sum_block(addends, left, at, n, to);
    sum_block(addends + left, count - left, at, n, right);
    sum_add(n, to, right, to);
}

void sum_tree(const struct addend *addends, int count, size_t n, float *to) {
    if (count == 1 && addends[0].data == to)
        return;
#pragma omp parallel for schedule(static) if (n >= 16 * BLOCK)
    for (size_t at = 0; at < n; at += BLOCK) {
        float block[BLOCK];
        size_t size = n - at < BLOCK ? n - at : BLOCK;
        sum_block(addends, count, at, size, block);
        memcpy(to + at, block, size * sizeof *to);
    }
}
