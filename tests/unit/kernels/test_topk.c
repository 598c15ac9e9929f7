/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the largest k of a row are those that a sort puts first, equal ones in their
 * order, and come out in the order of the row, which stays as it was; and where one is
 * NaN all that come out are. */
#include "src/kernels/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/rng.h"
#include "tests/tap.h"

static const float *sorted_row;

static int by_size(const void *a, const void *b) {
    int32_t i = *(const int32_t *)a, j = *(const int32_t *)b;
    if (sorted_row[i] != sorted_row[j])
        return sorted_row[i] > sorted_row[j] ? -1 : 1;
    return i - j;
}

static int by_place(const void *a, const void *b) {
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* `kinds`: how many different numbers there are. */
static const struct {
    int64_t n, k;
    uint64_t kinds;
} rows[] = {{1, 1, 9},         {2, 1, 9},      {7, 3, 3},
            {7, 7, 3},         {100, 1, 1},    {100, 50, 1},
            {100, 10, 20},     {1000, 64, 50}, {1000, 999, 1000000},
            {3001, 8, 1000000}};

static void test_row(int64_t n, int64_t k, uint64_t kinds) {
    float *x = mem_alloc((size_t)n, sizeof *x), *scratch = mem_alloc((size_t)n, 4);
    float *values = mem_alloc((size_t)k, sizeof *values), *copy;
    int32_t *at = mem_alloc((size_t)k, sizeof *at), *want = mem_alloc((size_t)n, 4);
    struct rng rng;
    int wrong = 0;
    rng_init(&rng, 1, RNG_TEST, (uint64_t)n, (uint64_t)k);
    for (int64_t j = 0; j < n; j++) {
        x[j] = (float)rng_below(&rng, kinds) - 3;
        want[j] = (int32_t)j;
    }
    copy = mem_copy(x, (size_t)n * sizeof *x);
    topk_row(n, x, k, scratch, at, values);
    sorted_row = x;
    qsort(want, (size_t)n, sizeof *want, by_size);
    qsort(want, (size_t)k, sizeof *want, by_place);
    for (int64_t i = 0; i < k; i++)
        wrong += at[i] != want[i] || values[i] != x[want[i]];
    is_int(wrong, 0, "%d of %d, of %d kinds", (int)k, (int)n, (int)kinds);
    ok(memcmp(x, copy, (size_t)n * sizeof *x) == 0, "  and the row is as it was");
    mem_free(x), mem_free(scratch), mem_free(values), mem_free(copy);
    mem_free(at), mem_free(want);
}

/* One that is none, anywhere, among others that a selection takes for its middle. */
static void test_nan(int64_t n, int64_t k) {
    float *x = mem_alloc((size_t)n, sizeof *x), *scratch = mem_alloc((size_t)n, 4);
    float *values = mem_alloc((size_t)k, sizeof *values);
    int32_t *at = mem_alloc((size_t)k, sizeof *at);
    int wrong = 0;
    for (int64_t nan = 0; nan < n; nan++) {
        for (int64_t j = 0; j < n; j++)
            x[j] = j == nan ? NAN : (float)(7 * j % n);
        topk_row(n, x, k, scratch, at, values);
        for (int64_t i = 0; i < k; i++)
            wrong += at[i] != i || !isnan(values[i]);
    }
    is_int(wrong, 0, "%d of %d, one of them NaN", (int)k, (int)n);
    mem_free(x), mem_free(scratch), mem_free(values), mem_free(at);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(rows[i].n, rows[i].k, rows[i].kinds);
    test_nan(9, 1), test_nan(9, 8), test_nan(100, 30);
    return tap_done();
}
