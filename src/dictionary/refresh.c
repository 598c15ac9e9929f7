/* SPDX-License-Identifier: Apache-2.0 */
/* Stages: see refresh.h. */
#include "src/dictionary/refresh.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/fs.h"
#include "src/base/lock.h"
#include "src/base/log.h"
#include "src/core/deadline.h"
#include "src/core/snapshots.h"
#include "src/dictionary/make.h"
#include "src/train/threads.h"

static const double SAVE_SECONDS = 60; /* between two states of a dictionary */

static const char origin[] = "teacher.from self";

/* ---- what a stage is ---- */

/* The step at which the stage begins in which the step after this one is; of a run that
 * is complete, the last. */
static int64_t begin_of(const struct config *c, int64_t step) {
    int64_t last = step < c->train_steps ? step : c->train_steps - 1;
    return last / c->teacher_refresh_every * c->teacher_refresh_every;
}

static int64_t end_of(const struct config *c, int64_t begin) {
    int64_t end = begin + c->teacher_refresh_every;
    return end < c->train_steps ? end : c->train_steps;
}

static void dictionary_path(const struct config *c, int64_t step, struct str *path) {
    str_clear(path);
    str_printf(path, "%s/dictionary-%09lld.h5", c->checkpoint_dir, (long long)step);
}

static bool wants_dictionary(const struct config *c) {
    return objectives_has(config_objectives(c), OBJECTIVE_LATENT);
}

static int set_number(struct config *c, const char *key, int64_t value,
                      struct err *err) {
    struct str text = {0};
    str_printf(&text, "%lld", (long long)value);
    int rc = config_set(c, key, text.data, origin, err);
    str_fini(&text);
    return rc;
}

/* It ends early, with the rates of the whole run.  Those are given by an option that a
 * run may not change, so that one that is made longer needs leave to. */
static int set_steps(const struct config *c, int64_t end, struct config *stage,
                     struct err *err) {
    struct str changes = {0};
    int rc = set_number(stage, "train.steps", end, err);
    if (rc == 0 && c->train_schedule_steps == CONFIG_UNSET) {
        str_printf(&changes, "%s%strain.schedule_steps",
                   c->train_allow_change ? c->train_allow_change : "",
                   c->train_allow_change ? "," : "");
        rc = set_number(stage, "train.schedule_steps", c->train_steps, err);
        if (rc == 0)
            rc = config_set(stage, "train.allow_change", changes.data, origin, err);
    }
    str_fini(&changes);
    return rc;
}

/* Teachers are kept, and what is kept anyway is a share of the whole run. */
static int set_snapshots(const struct config *c, struct config *stage,
                         struct err *err) {
    struct series kept;
    struct str text = {0};
    if (snapshots_steps(c, &kept, err) < 0)
        return -1;
    for (int i = 0; i < kept.count; i++)
        str_printf(&text, "%lld,", (long long)kept.values[i]);
    str_printf(&text, "%lld..%lld/%lld", (long long)c->teacher_refresh_every,
               (long long)(c->train_steps + c->teacher_refresh_every),
               (long long)c->teacher_refresh_every);
    int rc = config_set(stage, "checkpoint.snapshots", text.data, origin, err);
    str_fini(&text);
    series_fini(&kept);
    return rc;
}

/* In the first stage there is none, and all ranks train. */
static int set_teacher(const struct config *c, int64_t begin, struct config *stage,
                       struct err *err) {
    struct str path = {0};
    if (begin > 0)
        ckpt_path(c->checkpoint_dir, begin, &path);
    int rc = config_set(stage, "teacher.from", path.data, origin, err);
    if (rc == 0 && begin == 0)
        rc = config_set(stage, "teacher.ranks", NULL, origin, err);
    if (rc == 0 && begin > 0 && wants_dictionary(c)) {
        dictionary_path(c, begin, &path);
        rc = config_set(stage, "teacher.dictionary", path.data, origin, err);
    }
    if (rc == 0 && begin > c->teacher_refresh_every && wants_dictionary(c)) {
        dictionary_path(c, begin - c->teacher_refresh_every, &path);
        rc = config_set(stage, "dictionary.from", path.data, origin, err);
    }
    str_fini(&path);
    return rc;
}

int refresh_stage(const struct config *config, int64_t step, struct config *stage,
                  struct err *err) {
    int64_t begin = begin_of(config, step);
    config_copy(stage, config);
    if (set_steps(config, end_of(config, begin), stage, err) == 0 &&
        set_snapshots(config, stage, err) == 0 &&
        set_teacher(config, begin, stage, err) == 0)
        return 0;
    config_fini(stage);
    return -1;
}

/* ---- stage by stage ---- */

/* Rank 0: the step that the run goes on from. */
static int look(const struct config *c, int64_t *step, struct err *err) {
    struct lock lock = {0};
    struct str path = {0};
    if (fs->access(c->checkpoint_dir, F_OK) < 0)
        return 0;
    int rc = lock_take(c->checkpoint_dir, &lock, err);
    if (rc == 0)
        rc = ckpt_resume(c->checkpoint_dir, c->checkpoint_restart > 0, &path, err);
    if (rc == 0 && path.size > 0)
        *step = ckpt_step_of(strrchr(path.data, '/') + 1);
    lock_release(&lock);
    str_fini(&path);
    return rc;
}

/* Collective. */
static int find_step(struct comm *comm, const struct config *c, int64_t *step,
                     struct err *err) {
    *step = 0;
    int rc = comm_rank(comm) == 0 ? look(c, step, err) : 0;
    comm_broadcast(comm, step, sizeof *step, 0);
    return comm_agree(comm, rc, err);
}

/* Collective.  Learns the stage's dictionary. */
static int learn(struct comm *comm, const struct config *stage, struct err *err) {
    struct str state = {0};
    struct dictionary_result result;
    str_printf(&state, "%s.state", stage->teacher_dictionary);
    const struct dictionary_options options = {.out = stage->teacher_dictionary,
                                               .state = state.data,
                                               .save_seconds = SAVE_SECONDS,
                                               .quiet = true};
    struct binding *binding = threads_begin(comm);
    int rc = dictionary_make(comm, stage, &options, &result, err);
    const struct dictionary *d = &result.dictionary;
    if (rc == 0 && comm_rank(comm) == 0)
        log_info("%s: %lld atoms of its states, %lld dead; objective %.5f",
                 stage->teacher_dictionary, (long long)d->K,
                 (long long)result.report.dead,
                 (double)d->curve[2 * (d->iterations - 1)]);
    dictionary_result_fini(&result);
    binding_destroy(binding);
    str_fini(&state);
    return rc;
}

/* Collective.  A dictionary is complete or not there. */
static int need_dictionary(struct comm *comm, const struct config *stage,
                           struct err *err) {
    const char *path = stage->teacher_dictionary;
    if (path == NULL)
        return 0;
    bool there = comm_rank(comm) == 0 && fs->access(path, F_OK) == 0;
    comm_broadcast(comm, &there, sizeof there, 0);
    return there ? 0 : learn(comm, stage, err);
}

static void print_stage(const struct config *whole, const struct config *stage,
                        int64_t step) {
    printf("stage     steps %lld to %lld of %lld, ", (long long)step + 1,
           (long long)stage->train_steps, (long long)whole->train_steps);
    if (stage->teacher_from)
        printf("taught by what the run was at step %lld\n", (long long)step);
    else
        printf("without a teacher yet\n");
    fflush(stdout);
}

static int run_stage(struct comm *comm, const struct config *config, int64_t step,
                     refresh_train_fn *train, struct err *err) {
    struct config stage;
    int rc = comm_agree(comm, refresh_stage(config, step, &stage, err), err);
    if (rc < 0)
        return -1;
    if (comm_rank(comm) == 0)
        print_stage(config, &stage, begin_of(config, step));
    rc = need_dictionary(comm, &stage, err);
    if (rc == 0) /* ranks that are lent do not know how training ended */
        rc = comm_agree(comm, train(comm, &stage, err), err);
    config_fini(&stage);
    return rc;
}

/* The time that is left is that of all stages together. */
static int settle_deadline(struct config *config, struct err *err) {
    struct deadline deadline;
    if (config->train_max_time == NULL)
        return 0;
    if (deadline_find(config, (double)time(NULL), &deadline, err) < 0)
        return -1;
    if (!isfinite(deadline.at))
        return 0;
    if (config_set(config, "train.max_time", NULL, origin, err) < 0)
        return -1;
    return set_number(config, "train.deadline", (int64_t)deadline.at, err);
}

static void warn_of_one_stage(struct comm *comm, const struct config *c) {
    if (comm_rank(comm) == 0 && c->train_steps <= c->teacher_refresh_every)
        log_warn("teacher.refresh_every: the run has %lld steps, and would become its "
                 "own teacher after %lld: nothing is learnt from one; lower it",
                 (long long)c->train_steps, (long long)c->teacher_refresh_every);
}

int refresh_run(struct comm *comm, const struct config *config, refresh_train_fn *train,
                struct err *err) {
    struct config whole;
    int64_t step;
    config_copy(&whole, config);
    warn_of_one_stage(comm, &whole);
    int rc = comm_agree(comm, settle_deadline(&whole, err), err);
    if (rc == 0)
        rc = find_step(comm, &whole, &step, err);
    for (bool over = false; rc == 0 && !over;) {
        int64_t end = end_of(&whole, begin_of(&whole, step));
        rc = run_stage(comm, &whole, step, train, err);
        over = end == whole.train_steps;
        step = end;
    }
    config_fini(&whole);
    return rc;
}
