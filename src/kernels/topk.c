/* SPDX-License-Identifier: Apache-2.0 */
/* The largest few of a row: see topk.h.  Hoare's selection (1961) finds the least of
 * them; one more pass takes them in their order. */
#include "src/kernels/topk.h"

#include <math.h>
#include <string.h>

static float middle(float a, float b, float c) {
    if (a > b)
        return b > c ? b : a > c ? c : a;
    return a > c ? a : b > c ? c : b;
}

/* Splits x from lo to hi so that no element before *i is less than one after *j. */
static void split(float *x, int64_t lo, int64_t hi, int64_t *i, int64_t *j) {
    float pivot = middle(x[lo], x[lo + (hi - lo) / 2], x[hi]);
    *i = lo, *j = hi;
    while (*i <= *j) {
        while (x[*i] > pivot)
            ++*i;
        while (x[*j] < pivot)
            --*j;
        if (*i > *j)
            break;
        float other = x[*i];
        x[(*i)++] = x[*j];
        x[(*j)--] = other;
    }
}

float topk_least(int64_t n, float *x, int64_t k) {
    int64_t lo = 0, hi = n - 1, i, j;
    while (lo < hi) {
        split(x, lo, hi, &i, &j);
        if (k - 1 <= j)
            hi = j;
        else if (k - 1 >= i)
            lo = i;
        else
            break;
    }
    return x[k - 1];
}

static void put_none(int64_t k, int32_t *at, float *values) {
    for (int64_t i = 0; i < k; i++) {
        at[i] = (int32_t)i;
        values[i] = NAN;
    }
}

void topk_row(int64_t n, const float *x, int64_t k, float *scratch, int32_t *at,
              float *values) {
    memcpy(scratch, x, (size_t)n * sizeof *x);
    float least = topk_least(n, scratch, k);
    int64_t larger = 0, none = 0;
    for (int64_t j = 0; j < n; j++) {
        larger += x[j] > least;
        none += x[j] != x[j];
    }
    if (none > 0) {
        put_none(k, at, values);
        return;
    }
    int64_t equals = k - larger;
    for (int64_t j = 0, taken = 0; taken < k; j++) {
        if (x[j] < least || (x[j] == least && equals-- <= 0))
            continue;
        at[taken] = (int32_t)j;
        values[taken++] = x[j];
    }
}
