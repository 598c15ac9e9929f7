/* SPDX-License-Identifier: Apache-2.0 */
/* The order of jobs: see plan.h. */
#include "src/tune/plan.h"

#include <stdlib.h>

static int by_work(const void *a, const void *b) {
    const struct plan_job *x = a, *y = b;
    if (x->work != y->work)
        return x->work < y->work ? 1 : -1;
    if (x->task != y->task)
        return x->task < y->task ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

void plan_sort(struct plan_job *jobs, size_t count) {
    qsort(jobs, count, sizeof *jobs, by_work);
}
