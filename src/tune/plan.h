/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a farm's jobs: those that take long come first, so that ranks end
 * together.  Local. */
#ifndef MPIBERT_TUNE_PLAN_H
#define MPIBERT_TUNE_PLAN_H

#include <stddef.h>
#include <stdint.h>

struct plan_job {
    int task;       /* of the farm */
    int64_t number; /* of its seeds, from 0 */
    double work;    /* about how much it is, beside others */
};

/* From most work to least; of equals by task and number. */
void plan_sort(struct plan_job *jobs, size_t count);

#endif
