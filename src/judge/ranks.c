/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks: see ranks.h. */
#include "src/judge/ranks.h"

#include <stdlib.h>

#include "src/base/mem.h"

struct indexed {
    double value;
    int64_t i;
};

static int by_value(const void *a, const void *b) {
    const struct indexed *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

void ranks_order(const double *values, int64_t n, int64_t *order) {
    struct indexed *sorted = mem_alloc((size_t)n, sizeof *sorted);
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (struct indexed){values[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    for (int64_t i = 0; i < n; i++)
        order[i] = sorted[i].i;
    mem_free(sorted);
}

void ranks_weighted(const double *values, const int64_t *order, const double *weights,
                    int64_t n, double *ranks) {
    double before = 0; /* how many there are of lesser numbers */
    for (int64_t i = 0, end; i < n; i = end) {
        double here = 0;
        for (end = i; end < n && values[order[end]] == values[order[i]]; end++)
            here += weights[order[end]];
        for (int64_t j = i; j < end; j++)
            ranks[order[j]] = before + (here + 1) / 2;
        before += here;
    }
}
