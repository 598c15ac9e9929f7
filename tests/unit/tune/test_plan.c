/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: long jobs come before short ones, and of equal ones the order is that of tasks
 * and seeds, so that all ranks number them alike. */
#include "src/tune/plan.h"

#include "tests/tap.h"

enum { TASKS = 4, SEEDS = 3, JOBS = TASKS * SEEDS };

int main(void) {
    static const double work[TASKS] = {1, 7, 1, 3};
    static const int order[TASKS] = {1, 3, 0, 2};
    struct plan_job jobs[JOBS];
    for (int i = 0; i < JOBS; i++) /* from the last to the first */
        jobs[JOBS - 1 - i] = (struct plan_job){i / SEEDS, i % SEEDS, work[i / SEEDS]};
    plan_sort(jobs, JOBS);
    for (int i = 0; i < JOBS; i++)
        ok(jobs[i].task == order[i / SEEDS] && jobs[i].number == i % SEEDS,
           "job %d: seed %d of task %d", i, (int)jobs[i].number, jobs[i].task);
    plan_sort(jobs, 0);
    return tap_done();
}
