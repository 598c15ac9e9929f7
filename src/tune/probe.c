/* SPDX-License-Identifier: Apache-2.0 */
/* Judging checkpoints: see probe.h.  A checkpoint is a farm of fine-tunings (farm.h) on
 * the ranks that are lent, one after the other.  Each rank hears from training by
 * itself; which step comes next is for the first of them to say. */
#include "src/tune/probe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/train/threads.h"
#include "src/train/scorecard.h"
#include "src/train/wishes.h"
#include "src/tune/farm.h"
#include "src/tune/grid.h"
#include "src/tune/report.h"

struct probe {
    struct crew *crew;         /* borrowed, as run */
    const struct config *run;  /* of the run that is judged */
    struct config asked;       /* of the farm */
    struct crew_notice newest; /* of the newest checkpoint */
    bool waits;                /* it was not looked at */
    int64_t round;             /* of the checkpoint that is judged */
    struct judged last;        /* what was reported last, and in which round */
    int64_t last_round;
    int64_t left_out; /* checkpoints since the last that was judged; and all */
    int64_t all_left_out;
    bool over, stop; /* training is; end at once */
};

/* ---- what is asked of the farm ---- */

static bool is_of_farm(const struct config *run, const struct option *o) {
    return strcmp(options_origin(run, o), "default") != 0 &&
           (strncmp(o->key, "finetune.", strlen("finetune.")) == 0 ||
            strncmp(o->key, "task.", strlen("task.")) == 0);
}

static int take_options(struct config *asked, const struct config *run,
                        struct err *err) {
    int rc = 0;
    for (int i = 0; rc == 0 && i < options_count; i++) {
        const struct option *o = &options_table[i];
        struct str text = {0};
        if (!is_of_farm(run, o))
            continue;
        config_print(run, o, &text);
        rc = config_set(asked, o->key, text.data, options_origin(run, o), err);
        str_fini(&text);
    }
    return rc;
}

static int check_asked(const struct config *asked, struct err *err) {
    int64_t cells = grid_cells(asked->finetune_grid, err);
    if (cells > 1)
        return err_set(
            err, ERR_CONFIG,
            "finetune.grid: has %lld cells; evaluation.tasks takes one value "
            "of each option",
            (long long)cells);
    if (cells == 1 && asked->finetune_data == NULL)
        return err_set(
            err, ERR_CONFIG,
            "evaluation.tasks: finetune.data is not set: the folder of their "
            "files");
    return cells == 1 ? 0 : -1;
}

static int ask(struct config *asked, const struct config *run, struct err *err) {
    config_init(asked);
    int rc = take_options(asked, run, err);
    if (rc == 0)
        rc = config_set(asked, "finetune.tasks", run->evaluation_tasks,
                        "evaluation.tasks", err);
    if (rc == 0)
        rc = config_set(asked, "finetune.models", "false", "evaluation.tasks", err);
    if (rc == 0)
        rc = config_set(asked, "finetune.submit", NULL, "default", err);
    if (rc == 0)
        rc = check_asked(asked, err);
    if (rc < 0)
        config_fini(asked);
    return rc;
}

static void name_answers(const struct probe *p, int64_t step, struct str *path) {
    str_printf(path, "%s/probes/step-%09lld", p->run->checkpoint_dir, (long long)step);
}

/* Its checkpoint and the folder of its answers. */
static void ask_of(struct probe *p, int64_t step) {
    struct str from = {0}, out = {0};
    ckpt_path(p->run->checkpoint_dir, step, &from);
    name_answers(p, step, &out);
    CHECK(config_set(&p->asked, "finetune.from", from.data, "", NULL) == 0);
    CHECK(config_set(&p->asked, "finetune.out", out.data, "", NULL) == 0);
    str_fini(&from);
    str_fini(&out);
}

int probe_check(struct crew *crew, const struct config *config, struct err *err) {
    struct config asked;
    struct farm farm;
    if (comm_agree(crew->group, ask(&asked, config, err), err) < 0)
        return -1;
    log_set_speaks(comm_rank(crew->group) == 0); /* once, not for each checkpoint */
    int rc = farm_open_new(&farm, crew->group, &asked, config, err);
    log_set_speaks(false);
    if (rc == 0)
        farm_close(&farm);
    config_fini(&asked);
    return rc;
}

/* ---- what is heard from training ---- */

static void leave_out(struct probe *p) {
    p->left_out++;
    p->all_left_out++;
}

static void listen(struct probe *p) {
    struct crew_notice notice;
    while (crew_hear(p->crew, &notice)) {
        if (notice.news == CREW_SAVED) {
            if (p->waits && notice.round == p->newest.round &&
                notice.step != p->newest.step)
                leave_out(p);
            p->waits = true;
            p->newest = notice;
        }
        p->over = p->over || notice.news == CREW_OVER;
        p->stop = p->stop || notice.news == CREW_STOP;
    }
}

/* While a fine-tuning goes on, which ends where the run does, or goes back. */
static uint32_t look(void *context) {
    struct probe *p = context;
    listen(p);
    return p->stop || p->newest.round > p->round ? 1u << WISH_OVER : 0;
}

static bool must_stop(const struct probe *p) {
    return p->stop || wishes_signalled() != 0;
}

/* The first rank's: whether there is neither something to judge nor to end. */
static bool is_idle(struct probe *p) {
    listen(p);
    return !p->waits && !p->over && !must_stop(p);
}

/* The step to judge; -1: it is over. */
static int64_t await_step(struct probe *p) {
    const struct timespec pause = {.tv_nsec = 10000000};
    struct crew_notice next = {.step = -1};
    if (comm_rank(p->crew->group) == 0) {
        while (is_idle(p))
            nanosleep(&pause, NULL);
        if (p->waits && !must_stop(p))
            next = p->newest;
    }
    p->waits = false;
    comm_broadcast(p->crew->group, &next, sizeof next, 0);
    p->round = next.round;
    return next.step;
}

/* ---- scores ---- */

static void add_scores(const struct results *results, struct str *scorecard) {
    for (int l = 0; l < results->line_count; l++)
        scorecard_add(scorecard, results->task->taskset.task.name,
                      results->lines[l].name.data, results->lines[l].mean,
                      results->lines[l].deviation);
}

/* A scorecard of an earlier start of the run counts, and that of this one which may
 * still be on its way: a run that goes back tells its checkpoint twice. */
static bool is_judged(const struct probe *p, const struct farm *farm, int64_t step) {
    struct str path = {0};
    char key[HASH_HEX_SIZE];
    bool is = false;
    if (comm_rank(p->crew->group) == 0) {
        farm_key(farm, key);
        str_printf(&path, "%s/evaluations.jsonl", p->run->checkpoint_dir);
        is = (p->last.step == step && strcmp(p->last.key, key) == 0 &&
              p->last_round == p->round) ||
             scorecard_is_in(path.data, step, key);
        str_fini(&path);
    }
    comm_broadcast(p->crew->group, &is, sizeof is, 0);
    return is;
}

/* The first rank's: writes all results down, and tells them. */
static int report(struct probe *p, const struct farm *farm, int64_t step,
                  struct err *err) {
    struct results *results = report_farm(farm, err);
    struct str scorecard = {0};
    struct judged judged = {step, farm->seeds, p->left_out, ""};
    if (results == NULL)
        return -1;
    farm_key(farm, judged.key);
    scorecard_begin(&scorecard, &judged);
    p->left_out = 0;
    for (int i = 0; i < farm->task_count; i++)
        add_scores(&results[i], &scorecard);
    crew_report(p->crew, p->round, &scorecard);
    p->last = judged;
    p->last_round = p->round;
    report_free(results, farm->task_count);
    str_fini(&scorecard);
    return 0;
}

static int run(struct probe *p, struct farm *farm, int64_t step, struct err *err) {
    farm->look = look;
    farm->context = p;
    farm->again = true;
    int rc = farm_run(farm, err);
    if (rc == 0 && comm_rank(p->crew->group) == 0)
        rc = report(p, farm, step, err);
    return comm_agree(p->crew->group, rc, err);
}

/* ---- answers of checkpoints that are no more ---- */

/* Which folder is not to go: that of this step. */
struct kept {
    const struct probe *probe;
    int64_t step;
};

/* Whether a path is that of the answers about a checkpoint that is not there. */
static bool is_orphan(const struct kept *kept, const char *path) {
    const struct probe *p = kept->probe;
    const char *number = strrchr(path, '-');
    long long step = number ? strtoll(number + 1, NULL, 10) : -1;
    struct str name = {0}, checkpoint = {0};
    name_answers(p, step, &name);
    ckpt_path(p->run->checkpoint_dir, step, &checkpoint);
    bool is = step >= 0 && step != kept->step && strcmp(path, name.data) == 0 &&
              fs->access(checkpoint.data, F_OK) < 0;
    str_fini(&name);
    str_fini(&checkpoint);
    return is;
}

static int tidy_name(const char *dir, const char *name, void *context,
                     struct err *err) {
    struct str path = {0};
    str_printf(&path, "%s/%s", dir, name);
    int rc = is_orphan(context, path.data) ? file_remove_all(path.data, err) : 0;
    str_fini(&path);
    return rc;
}

/* The first rank's: answers last as long as their checkpoint, the last ones always. */
static void tidy(const struct probe *p, int64_t step) {
    struct kept kept = {p, step};
    struct str dir = {0};
    struct err err = {0};
    str_printf(&dir, "%s/probes", p->run->checkpoint_dir);
    if (fs->access(dir.data, F_OK) == 0 &&
        file_each_name(dir.data, tidy_name, &kept, &err) < 0)
        log_warn("evaluation.tasks: old answers stay: %s", err.text);
    str_fini(&dir);
}

/* ---- a checkpoint ---- */

static int judge(struct probe *p, int64_t step, struct err *err) {
    struct farm farm;
    ask_of(p, step);
    if (farm_open(&farm, p->crew->group, &p->asked, err) < 0)
        return -1;
    int rc = is_judged(p, &farm, step) ? 0 : run(p, &farm, step, err);
    if (rc == 0 && comm_rank(p->crew->group) == 0)
        tidy(p, step);
    farm_close(&farm);
    return rc;
}

/* It may be gone because there are newer ones (checkpoint.keep).  Where judging was
 * stopped, the run went back from it, or the next start judges it if it is the newest.
 */
static void tell_fault(struct probe *p, int64_t step, const struct err *err) {
    bool gone =
        err->code == ERR_MISSING && fs->access(p->asked.finetune_from, F_OK) < 0;
    bool later = err->code == ERR_STOPPED && p->newest.step == step;
    if (p->newest.round == p->round && !later)
        leave_out(p);
    if (comm_rank(p->crew->group) == 0 && err->code != ERR_STOPPED && !gone)
        log_warn("evaluation.tasks: step %lld is not judged: %s; training goes on",
                 (long long)step, err->text);
}

/* ---- the door ---- */

void probe_serve(struct crew *crew, const struct config *config) {
    struct probe p = {.crew = crew, .run = config};
    int64_t step;
    CHECK(ask(&p.asked, config, NULL) == 0); /* as probe_check found */
    threads_bind(crew->binding);
    while ((step = await_step(&p)) >= 0) {
        struct err err = {0};
        if (judge(&p, step, &err) < 0)
            tell_fault(&p, step, &err);
    }
    if (comm_rank(crew->group) == 0 && p.all_left_out > 0)
        log_warn(
            "evaluation.tasks: %lld checkpoint%s not judged, because a newer one "
            "was there before, or for what was said: lend more ranks, ask less, or "
            "save less often",
            (long long)p.all_left_out, p.all_left_out == 1 ? " is" : "s are");
    crew_retire(crew);
    config_fini(&p.asked);
}
