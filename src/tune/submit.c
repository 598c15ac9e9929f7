/* SPDX-License-Identifier: Apache-2.0 */
/* Upload files: see submit.h.  Each job wrote its own beside its outcome; here the best
 * ones are chosen. */
#include "src/tune/submit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/log.h"

/* A fine-tuning with a score. */
struct best {
    const struct results *results;
    int seed; /* its place among the seeds */
    double score;
};

static const char *name_of(const struct results *r) {
    return r->task->taskset.task.name;
}

static void look_at(const struct results *r, struct best *best) {
    for (int i = 0; i < r->n; i++) {
        double score = r->lines[0].values[i];
        if (!isnan(score) && (best->results == NULL || score > best->score))
            *best = (struct best){r, i, score};
    }
}

/* The best of a task's cells. */
static struct best find_best(const struct results *results, int count,
                             const char *name) {
    struct best best = {0};
    for (int i = 0; i < count; i++)
        if (strcmp(name_of(&results[i]), name) == 0)
            look_at(&results[i], &best);
    return best;
}

/* The answers to test file i. */
static int copy(const struct best *best, int i, const char *dir, struct err *err) {
    const struct taskset *taskset = &best->results->task->taskset;
    struct str name = {0}, job = {0}, from = {0}, to = {0}, text = {0};
    taskset_answers_name(taskset, i, &name);
    str_printf(&to, "%s/%s.tsv", dir, taskset->task.test[i].upload);
    farm_job_path(best->results->task, best->results->seeds[best->seed], &job);
    outcome_text_path(job.data, name.data, &from);
    int rc = file_read(from.data, (size_t)1 << 30, &text, err);
    if (rc == 0)
        rc = file_write_atomic(to.data, text.data, text.size, err);
    str_fini(&name), str_fini(&job), str_fini(&from), str_fini(&to), str_fini(&text);
    return rc;
}

static int write_task(const struct best *best, const char *dir, struct err *err) {
    const struct results *r = best->results;
    const struct task_test *test = r->task->taskset.task.test;
    for (int i = 0; i < TASK_TESTS && test[i].file; i++)
        if (copy(best, i, dir, err) < 0)
            return -1;
    log_info("%s: the upload is of seed %lld%s%s, %s %.4f on dev", name_of(r),
             (long long)r->seeds[best->seed], r->task->cell.size ? ", " : "",
             r->task->cell.size ? r->task->cell.data : "", r->lines[0].name.data,
             best->score);
    return 0;
}

/* Whether results i are the first of their task. */
static bool is_first(const struct results *results, int i) {
    for (int j = 0; j < i; j++)
        if (strcmp(name_of(&results[j]), name_of(&results[i])) == 0)
            return false;
    return true;
}

int submit_write(const struct results *results, int count, const char *dir,
                 struct err *err) {
    int rc = file_make_folder(dir, err);
    for (int i = 0; rc == 0 && i < count; i++) {
        if (!is_first(results, i))
            continue;
        const struct best best = find_best(results, count, name_of(&results[i]));
        if (best.results)
            rc = write_task(&best, dir, err);
        else
            log_warn("%s: no seed has a score: there is nothing to upload",
                     name_of(&results[i]));
    }
    return rc;
}
