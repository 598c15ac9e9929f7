/* SPDX-License-Identifier: Apache-2.0 */
/* The farm: see farm.h. */
#include "src/tune/farm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/convert/names.h"
#include "mpi/agree.h"
#include "mpi/tickets.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/data/passage.h"
#include "src/judge/sheet.h"
#include "src/model/objective.h"
#include "src/train/inputs.h"
#include "src/train/rounded.h"
#include "src/tune/tuning.h"
#include "src/tune/grid.h"
#include "src/tune/plan.h"
#include "src/tune/recipes.h"
#include "src/tune/settings.h"

/* ---- options: the model's, then the recipe's, then those that were asked for ---- */

static int settle(const struct farm *f, struct farm_task *task, const char *name,
                  int64_t cell, struct err *err) {
    const char *recipe = f->asked->finetune_recipe;
    struct config *c = &task->config;
    struct task row;
    config_copy(c, &f->bundle.config);
    if (config_set(c, "train.precision", "fp32", "default", err) < 0 ||
        recipes_apply(c, recipe, err) < 0 || task_init(&row, name, f->asked, err) < 0 ||
        recipes_apply_task(c, recipe, &row, err) < 0 ||
        settings_take(c, f->asked, err) < 0 ||
        grid_apply(f->asked->finetune_grid, cell, c, &task->cell, err) < 0)
        return -1;
    if (c->train_sequence_length > f->bundle.shape.P)
        c->train_sequence_length = f->bundle.shape.P;
    return 0;
}

/* ---- opening ---- */

/* Number i of a task. */
static struct tuning job_of(const struct farm *f, const struct farm_task *task,
                            int64_t i) {
    return (struct tuning){.bundle = &f->bundle,
                           .taskset = &task->taskset,
                           .config = &task->config,
                           .seed = f->first_seed + i};
}

/* Whether each metric is one, and judges such answers. */
static int check_metrics(const struct taskset *t, struct err *err) {
    struct slice rest = slice_of(t->task.metrics), name;
    struct predictions set = {0};
    int rc = 0;
    taskset_questions(t, 0, &set);
    while (rc == 0 && slice_field(&rest, ' ', &name)) {
        struct sheet sheet = {0};
        const struct metric *metric = metric_find(name, err);
        rc = metric ? sheet_init(&sheet, &set, metric, err) : -1;
        sheet_fini(&sheet);
    }
    predictions_fini(&set);
    return rc < 0 ? err_prefix(err, "task.metrics") : 0;
}

/* OUT, or a folder there. */
static void name_folder(const struct farm *f, struct farm_task *task, const char *name,
                        int64_t cell) {
    const struct config *asked = f->asked;
    str_printf(&task->dir, "%s", asked->finetune_out);
    if (strchr(asked->finetune_tasks, ','))
        str_printf(&task->dir, "/%s", name);
    if (task->cell.size > 0)
        str_printf(&task->dir, "/cell-%lld", (long long)cell);
}

static int open_task(struct farm *f, const char *name, int64_t cell, struct err *err) {
    struct farm_task *task = &f->tasks[f->task_count++];
    if (settle(f, task, name, cell, err) < 0)
        return -1;
    const struct normalizer_options normalizer = passage_normalizer(&task->config);
    const struct taskset_options options = {.name = name,
                                            .dir = f->asked->finetune_data,
                                            .config = &task->config,
                                            .vocab = &f->bundle.vocab,
                                            .tests = f->asked->finetune_submit != NULL,
                                            .normalizer = &normalizer};
    name_folder(f, task, name, cell);
    if (taskset_open(&task->taskset, &options, err) < 0 ||
        check_metrics(&task->taskset, err) < 0)
        return -1;
    const struct tuning job = job_of(f, task, 0);
    return tuning_check(&job, err);
}

/* All cells of a task. */
static int open_cells(struct farm *f, struct slice name, int64_t cells,
                      struct err *err) {
    struct str copy = {0};
    int rc = 0;
    str_append(&copy, name.data, name.size);
    for (int64_t cell = 0; rc == 0 && cell < cells; cell++)
        rc = open_task(f, copy.data, cell, err);
    str_fini(&copy);
    return rc;
}

static int open_tasks(struct farm *f, struct err *err) {
    struct slice rest = slice_of(f->asked->finetune_tasks), name;
    int64_t cells = grid_cells(f->asked->finetune_grid, err);
    if (cells < 0)
        return -1;
    f->tasks = mem_alloc((rest.size + 1) * (size_t)cells, sizeof *f->tasks);
    while (slice_field(&rest, ',', &name))
        if (open_cells(f, name, cells, err) < 0)
            return -1;
    return 0;
}

/* Rank 0: what is cut, and what no file has. */
static void tell(const struct farm *f) {
    bool pooler = bundle_has(&f->bundle, NAMES_POOLER);
    for (int i = 0; i < f->task_count; i++) {
        const struct taskset *t = &f->tasks[i].taskset;
        taskset_tell(t);
        if (!pooler && objectives[kinds[t->task.kind].objective]->pooled)
            log_info("%s: %s has no pooler: it starts afresh with every seed",
                     t->task.name, f->bundle.name);
    }
}

/* All ranks read all there is, each from its own host. */
static int open_all(struct farm *f, struct err *err) {
    if (inputs_agree_model(f->comm, &f->bundle, err) < 0 ||
        comm_agree(f->comm, open_tasks(f, err), err) < 0)
        return -1;
    if (comm_rank(f->comm) == 0)
        tell(f);
    return 0;
}

static int check_ranks(const struct farm *f, struct err *err) {
    int64_t ranks = f->asked->finetune_ranks;
    if (comm_size(f->comm) % ranks == 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "finetune.ranks: %d ranks are no groups of %lld; start a multiple",
                   comm_size(f->comm), (long long)ranks);
}

static void begin(struct farm *f, struct comm *comm, const struct config *asked) {
    *f = (struct farm){.comm = comm,
                       .asked = asked,
                       .first_seed = asked->train_seed,
                       .seeds = asked->finetune_seeds};
}

/* For all tasks by the options of one that asks for bf16, be it by the grid; else by
 * those of the farm. */
static int start_rounded(const struct farm *f, struct err *err) {
    const struct config *first = f->asked;
    for (int i = f->task_count - 1; i >= 0; i--) {
        struct config *c = &f->tasks[i].config;
        if (rounded_settle(c, f->comm, err) < 0)
            return -1;
        first = rounded_is(c) ? c : first;
    }
    return rounded_start(first, f->comm, err);
}

/* rc: what loading the bundle came to. */
static int go_on(struct farm *f, int rc, struct err *err) {
    rc = comm_agree(f->comm, rc, err);
    if (rc == 0)
        rc = check_ranks(f, err);
    if (rc == 0) {
        f->group =
            comm_split(f->comm, comm_rank(f->comm) / (int)f->asked->finetune_ranks);
        rc = open_all(f, err);
    }
    if (rc == 0)
        rc = start_rounded(f, err);
    if (rc < 0)
        farm_close(f);
    return rc;
}

int farm_open(struct farm *f, struct comm *comm, const struct config *asked,
              struct err *err) {
    begin(f, comm, asked);
    return go_on(f, bundle_load(asked->finetune_from, &f->bundle, err), err);
}

int farm_open_new(struct farm *f, struct comm *comm, const struct config *asked,
                  const struct config *run, struct err *err) {
    begin(f, comm, asked);
    return go_on(f, bundle_begin(run, &f->bundle, err), err);
}

/* ---- jobs ---- */

static uint32_t look_out(void *context) {
    const struct farm *f = context;
    tickets_poll(f->tickets);
    return f->look ? f->look(f->context) : 0;
}

void farm_job_path(const struct farm_task *task, int64_t seed, struct str *path) {
    str_printf(path, "%s/jobs/seed-%lld", task->dir.data, (long long)seed);
}

static void model_path(const struct farm_task *task, int64_t seed, struct str *path) {
    str_printf(path, "%s/seed-%lld", task->dir.data, (long long)seed);
}

static bool leads(const struct farm *f) { return comm_rank(f->group) == 0; }

/* Number i of a task; its first rank says it and writes it down. */
static int run_job(struct farm *f, const struct farm_task *task, int64_t i,
                   struct outcome *outcome, struct err *err) {
    struct str path = {0}, folder = {0};
    struct tuning job = job_of(f, task, i);
    farm_job_path(task, job.seed, &path);
    model_path(task, job.seed, &folder);
    job.folder = f->asked->finetune_models == 1 ? folder.data : NULL;
    job.look = look_out;
    job.context = f;
    int rc = tuning_run(&job, f->group, outcome, err);
    if (rc == 0 && leads(f))
        rc = outcome_write(outcome, path.data, err);
    rc = comm_agree(f->group, rc, err);
    if (rc == 0 && leads(f) && f->done)
        f->done(task, outcome);
    str_fini(&path);
    str_fini(&folder);
    return rc;
}

static bool has_model(const struct farm_task *task, int64_t seed) {
    struct str path = {0};
    model_path(task, seed, &path);
    bool has = fs->access(path.data, F_OK) == 0;
    str_fini(&path);
    return has;
}

static bool has_uploads(const struct farm_task *task, int64_t seed) {
    bool has = true;
    for (int i = 0; has && i < task->taskset.test_count; i++) {
        struct str job = {0}, name = {0}, path = {0};
        taskset_answers_name(&task->taskset, i, &name);
        farm_job_path(task, seed, &job);
        outcome_text_path(job.data, name.data, &path);
        has = fs->access(path.data, F_OK) == 0;
        str_fini(&job), str_fini(&name), str_fini(&path);
    }
    return has;
}

/* Whether all that is asked for lies beside an outcome, which may be of a farm that was
 * asked for less. */
static bool is_whole(const struct farm *f, const struct farm_task *task,
                     const struct outcome *outcome) {
    if (outcome->fault.size > 0)
        return true;
    return (f->asked->finetune_models != 1 || has_model(task, outcome->seed)) &&
           has_uploads(task, outcome->seed);
}

/* Whether it is done, as the group's first rank finds it: 1, 0 or -1. */
static int is_done(const struct farm *f, const struct farm_task *task, int64_t i,
                   struct err *err) {
    struct outcome outcome = {0};
    int found = leads(f) ? farm_outcome(f, task, i, &outcome, err) : 0;
    if (found < 0 && f->again && err->code == ERR_CONFIG)
        found = 0;
    if (found > 0)
        found = is_whole(f, task, &outcome);
    outcome_fini(&outcome);
    if (comm_agree(f->group, found < 0 ? -1 : 0, err) < 0)
        return -1;
    comm_broadcast(f->group, &found, sizeof found, 0);
    return found;
}

static int do_job(struct farm *f, const struct plan_job *job, struct err *err) {
    const struct farm_task *task = &f->tasks[job->task];
    double start = timer_now();
    struct outcome outcome = {0};
    int rc = is_done(f, task, job->number, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    rc = run_job(f, task, job->number, &outcome, err);
    outcome_fini(&outcome);
    f->usage.jobs += leads(f);
    f->usage.busy += timer_now() - start;
    return rc;
}

/* The group's next number. */
static int64_t take_ticket(const struct farm *f) {
    int64_t n = leads(f) ? tickets_take(f->tickets) : 0;
    comm_broadcast(f->group, &n, sizeof n, 0);
    return n;
}

/* Where this group is asked to stop, others begin no further job. */
static void take_all_tickets(const struct farm *f, int64_t count) {
    while (leads(f) && tickets_take(f->tickets) < count)
        continue;
}

static int make_folders(const struct farm *f, struct err *err) {
    for (int i = 0; i < f->task_count; i++) {
        struct str path = {0};
        str_printf(&path, "%s/jobs", f->tasks[i].dir.data);
        int rc = file_make_folder(path.data, err);
        str_fini(&path);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* All jobs in their order; owned. */
static struct plan_job *plan(const struct farm *f, int64_t *count) {
    *count = f->task_count * f->seeds;
    struct plan_job *jobs = mem_alloc((size_t)*count, sizeof *jobs);
    for (int64_t n = 0; n < *count; n++) {
        struct plan_job *job = &jobs[n];
        *job = (struct plan_job){(int)(n / f->seeds), n % f->seeds, 0};
        const struct tuning tuning = job_of(f, &f->tasks[job->task], job->number);
        job->work = tuning_work(&tuning);
    }
    plan_sort(jobs, (size_t)*count);
    return jobs;
}

static int run_all(struct farm *f, struct err *err) {
    int64_t count, n;
    struct plan_job *jobs = plan(f, &count);
    int rc = 0;
    f->tickets = tickets_create(f->comm);
    while (rc == 0 && (n = take_ticket(f)) < count)
        rc = do_job(f, &jobs[n], err);
    if (rc < 0 && err->code == ERR_STOPPED)
        take_all_tickets(f, count);
    rc = comm_agree(f->comm, rc, err);
    tickets_destroy(f->tickets);
    mem_free(jobs);
    return rc;
}

/* The seconds are those from the first rank's begin to the last rank's end. */
static void sum_usage(struct farm *f, double start) {
    double sums[] = {(double)f->usage.jobs, f->usage.busy};
    comm_sum_f64(f->comm, sums, 2);
    f->usage = (struct farm_usage){(int64_t)sums[0], timer_now() - start, sums[1]};
}

int farm_run(struct farm *f, struct err *err) {
    int rc = comm_rank(f->comm) == 0 ? make_folders(f, err) : 0;
    if (comm_agree(f->comm, rc, err) < 0)
        return -1;
    double start = timer_now();
    rc = run_all(f, err);
    sum_usage(f, start);
    return rc;
}

int farm_outcome(const struct farm *f, const struct farm_task *task, int64_t i,
                 struct outcome *outcome, struct err *err) {
    struct str path = {0};
    char key[HASH_HEX_SIZE];
    struct tuning job = job_of(f, task, i);
    tuning_key(&job, key);
    farm_job_path(task, job.seed, &path);
    int rc = outcome_read(outcome, path.data, key, err);
    str_fini(&path);
    return rc;
}

void farm_key(const struct farm *f, char key[HASH_HEX_SIZE]) {
    struct str all = {0};
    for (int64_t job = 0; job < f->task_count * f->seeds; job++) {
        const struct farm_task *task = &f->tasks[job / f->seeds];
        const struct tuning tuning = job_of(f, task, job % f->seeds);
        tuning_key(&tuning, key);
        str_printf(&all, "%s %s\n", task->taskset.task.name, key);
    }
    hash_hex(hash128(all.data, all.size), key);
    str_fini(&all);
}

void farm_close(struct farm *f) {
    for (int i = 0; i < f->task_count; i++) {
        config_fini(&f->tasks[i].config);
        taskset_close(&f->tasks[i].taskset);
        str_fini(&f->tasks[i].dir);
        str_fini(&f->tasks[i].cell);
    }
    mem_free(f->tasks);
    bundle_fini(&f->bundle);
    comm_leave(f->group);
    *f = (struct farm){0};
}
