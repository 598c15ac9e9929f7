/* SPDX-License-Identifier: Apache-2.0 */
/* A family of seeds and shapes: see family.h.
 *
 * Members whose data is the same share one dataset, as no shape is part of it.  It
 * stands at the step that the slowest of them has done, so that after an interrupted
 * job, which may have saved some members and not others, those behind go first and the
 * others join when their step comes. */
#include "src/train/family.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/familydir.h"
#include "mpi/agree.h"
#include "mpi/partition.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/core/family_shapes.h"
#include "src/core/series.h"
#include "src/train/threads.h"
#include "src/train/trainer.h"
#include "src/train/watchdog.h"
#include "src/train/wishes.h"

struct member {
    int shape; /* of family.shapes; -1: there is one */
    int64_t seed;
    struct str name;         /* owned: "seed 3", "mini seed 3" */
    struct config config;    /* owned */
    struct trainer *trainer; /* while it is trained */
};

/* Which members there are: each shape with each seed. */
struct members {
    struct series seeds;
    int shapes, count; /* shapes: 1 at least */
};

/* What a rank has of it. */
struct family {
    struct comm *all, *group; /* group: owned */
    const struct config *config;
    struct binding *binding;
    struct member *members; /* (count) of this group, owned */
    int count, number;      /* number: of the group */
    bool made_folder;       /* rank 0: DIR was not there */
    struct err fault;       /* the first of a member */
    struct wishes wishes;   /* of the family: DIR/STOP */
};

static int64_t common_divisor(int64_t a, int64_t b) {
    return b == 0 ? a : common_divisor(b, a % b);
}

static int count_groups(const struct config *c, const struct members *all, int ranks,
                        int64_t *groups, struct err *err) {
    bool same = c->train_data_seed != CONFIG_UNSET;
    *groups = c->family_groups;
    if (*groups == CONFIG_UNSET)
        *groups = same ? 1 : common_divisor(all->count, ranks);
    if (*groups <= ranks && *groups <= all->count)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "family.groups: %lld is over the %d ranks or the %d members there "
                   "are",
                   (long long)*groups, ranks, all->count);
}

/* The member's run: what `train` would be given for it. */
static int member_init(struct member *m, const struct config *family, int shape,
                       int64_t seed, struct err *err) {
    struct str text = {0}, name = {0};
    *m = (struct member){.shape = shape, .seed = seed};
    config_copy(&m->config, family);
    int rc = shape < 0 ? 0 : family_shapes_take(&m->config, family, shape, err);
    if (shape >= 0)
        family_shapes_name(family, shape, &name);
    str_printf(&m->name, "%s%sseed %lld", shape < 0 ? "" : name.data,
               shape < 0 ? "" : " ", (long long)seed);
    str_printf(&text, "%lld", (long long)seed);
    config_set(&m->config, "train.seed", text.data, "family.seeds", NULL);
    str_clear(&text);
    familydir_member(family->checkpoint_dir, shape < 0 ? NULL : name.data, seed, &text);
    config_set(&m->config, "checkpoint.dir", text.data, "family.seeds", NULL);
    str_fini(&text);
    str_fini(&name);
    return rc;
}

/* Group g of G has ranks [g·R/G, (g+1)·R/G) and every G-th member. */
static int part(struct family *f, const struct members *all, int groups,
                struct err *err) {
    int rank = comm_rank(f->all), size = comm_size(f->all), rc = 0;
    while (partition(size, f->number, groups).first +
               partition(size, f->number, groups).count <=
           rank)
        f->number++;
    f->group = comm_split(f->all, f->number);
    f->members = mem_alloc((size_t)all->count, sizeof *f->members);
    for (int i = f->number; rc == 0 && i < all->count; i += groups)
        rc = member_init(&f->members[f->count++], f->config,
                         f->config->shape_count > 0 ? i / all->seeds.count : -1,
                         all->seeds.values[i % all->seeds.count], err);
    return comm_agree(f->all, rc, err);
}

/* ---- one member ---- */

/* It is told at once: other members may go on for days, unless all are to stop. */
static void tell_fault(struct family *f, const struct member *m, struct err *err) {
    if (comm_rank(f->group) == 0 && err->code != ERR_STOPPED)
        log_warn("%s ends: %s; the others go on", m->name.data, err->text);
    err_prefix(err, "%s", m->name.data);
    /* a stop goes before what ended one member: the job is to be started again */
    if (f->fault.code == ERR_NONE || err->code == ERR_STOPPED)
        f->fault = *err;
}

static bool is_shown(const struct family *f, const struct member *m) {
    return f->number == 0 && m == f->members;
}

/* After step rc, which may have been its last. */
static void close_member(struct family *f, struct member *m, int rc, struct err *err) {
    if (trainer_close(m->trainer, rc, err) < 0)
        tell_fault(f, m, err);
    m->trainer = NULL;
}

static void open_member(struct family *f, struct member *m, struct dataset *data) {
    struct err err = {0};
    m->trainer = trainer_open(f->group, f->binding, &m->config, data, &f->wishes,
                              is_shown(f, m), &err);
    if (m->trainer == NULL)
        tell_fault(f, m, &err);
    else if (data && trainer_begin(m->trainer, &err) < 0)
        close_member(f, m, -1, &err);
}

/* ---- members side by side ---- */

/* The one that has done least, or NULL when all are done. */
static struct member *last_member(struct family *f) {
    struct member *last = NULL;
    for (int i = 0; i < f->count; i++) {
        struct member *m = &f->members[i];
        if (m->trainer && (last == NULL || trainer_session(m->trainer)->step <
                                               trainer_session(last->trainer)->step))
            last = m;
    }
    return last;
}

/* Those that others had not caught up with when these were stopped: what they have done
 * is saved, as they have done nothing in this start. */
static void stop_those_ahead(struct family *f, int64_t step) {
    for (int i = 0; i < f->count; i++) {
        struct member *m = &f->members[i];
        struct err err = f->fault;
        if (m->trainer == NULL || trainer_session(m->trainer)->step <= step)
            continue;
        trainer_close(m->trainer, -1, &err);
        m->trainer = NULL;
    }
}

/* Gives the batch of step + 1 to all who have done `step`. */
static void step_members(struct family *f, struct dataset *data, int64_t step) {
    struct step_input input;
    struct err loading = {0};
    dataset_next(data, &input, &loading);
    for (int i = 0; i < f->count; i++) {
        struct member *m = &f->members[i];
        struct err err = loading;
        if (m->trainer == NULL || trainer_session(m->trainer)->step != step)
            continue;
        int rc = trainer_step(m->trainer, &input, &err);
        if (rc < 0 || trainer_is_done(m->trainer))
            close_member(f, m, rc, &err);
    }
}

/* The data stands where the slowest member does: where all of those ended, it goes on
 * to the next one. */
static int step_all(struct family *f, struct dataset *data, struct err *err) {
    int64_t at = -1;
    for (struct member *last; (last = last_member(f)) != NULL; at++) {
        struct session *session = trainer_session(last->trainer);
        if (session->step != at && session_seek(session, err) < 0)
            return -1;
        at = session->step;
        step_members(f, data, at);
        if (f->fault.code == ERR_STOPPED)
            stop_those_ahead(f, at + 1);
    }
    return 0;
}

/* Each counts the memory of itself and of all after it, so that the first knows what
 * all of them will take. */
static void open_members(struct family *f, struct dataset *data) {
    const struct config **configs = mem_alloc((size_t)f->count, sizeof *configs);
    for (int i = 0; i < f->count; i++)
        configs[i] = &f->members[i].config;
    for (int i = 0; i < f->count; i++) {
        struct member *m = &f->members[i];
        struct err unused;
        data->beside = configs + i + 1;
        data->beside_count = f->count - i - 1;
        open_member(f, m, data);
        if (m->trainer && trainer_is_done(m->trainer))
            close_member(f, m, 0, &unused);
    }
    data->beside = NULL;
    data->beside_count = 0;
    mem_free(configs);
}

static int run_together(struct family *f, struct err *err) {
    struct dataset data;
    if (dataset_open(&data, f->group, &f->members[0].config, err) < 0)
        return -1;
    open_members(f, &data);
    f->wishes.runs = f->count;
    int rc = step_all(f, &data, err);
    for (int i = 0; i < f->count; i++)
        if (f->members[i].trainer)
            close_member(f, &f->members[i], rc, err);
    dataset_close(&data);
    return rc;
}

/* ---- members one after the other ---- */

static void run_alone(struct family *f, struct member *m) {
    struct err err = {0};
    open_member(f, m, NULL);
    if (m->trainer)
        close_member(f, m, trainer_loop(m->trainer, &err), &err);
}

/* ---- the whole ---- */

static void print_family(const struct family *f, const struct members *all,
                         int groups) {
    bool same = f->config->train_data_seed != CONFIG_UNSET;
    if (comm_rank(f->all) > 0)
        return;
    printf("family    ");
    if (f->config->shape_count > 0)
        printf("%d shape%s × ", all->shapes, all->shapes == 1 ? "" : "s");
    printf("%d seeds in %s; %d group%s of %d rank%s, %s\n", all->seeds.count,
           f->config->checkpoint_dir, groups, groups == 1 ? "" : "s",
           comm_size(f->group), comm_size(f->group) == 1 ? "" : "s",
           same ? "whose seeds go side by side on the same data"
                : "which train one seed after the other");
    fflush(stdout);
}

/* Rank 0: folders go that were made and hold nothing, as no member began. */
static void tidy(const struct family *f) {
    for (int i = 0; i < f->config->shape_count; i++) {
        struct str path = {0};
        str_printf(&path, "%s/", f->config->checkpoint_dir);
        family_shapes_name(f->config, i, &path);
        fs->rmdir(path.data);
        str_fini(&path);
    }
    if (f->made_folder)
        fs->rmdir(f->config->checkpoint_dir);
}

static void family_fini(struct family *f) {
    for (int i = 0; i < f->count; i++) {
        config_fini(&f->members[i].config);
        str_fini(&f->members[i].name);
    }
    mem_free(f->members);
    comm_leave(f->group);
    binding_destroy(f->binding);
}

static int make_folder(struct family *f, struct err *err) {
    const char *dir = f->config->checkpoint_dir;
    int rc = 0;
    if (comm_rank(f->all) == 0) {
        f->made_folder = fs->access(dir, F_OK) < 0;
        rc = file_make_folder(dir, err);
    }
    return comm_agree(f->all, rc, err);
}

static int run_groups(struct family *f, const struct members *all, int groups,
                      struct err *err) {
    int rc = 0;
    if (part(f, all, groups, err) < 0 || make_folder(f, err) < 0)
        return -1;
    f->binding = threads_begin(f->all);
    wishes_share(&f->wishes, f->all);
    f->wishes.rank = comm_rank(f->group);
    f->wishes.shared = groups > 1;
    print_family(f, all, groups);
    struct watchdog *watchdog = watchdog_begin(f->group, f->config);
    if (f->config->train_data_seed != CONFIG_UNSET)
        rc = run_together(f, err);
    else
        for (int i = 0; i < f->count && f->fault.code != ERR_STOPPED; i++)
            run_alone(f, &f->members[i]);
    watchdog_end(watchdog); /* other groups may need days more */
    if (rc == 0 && f->fault.code != ERR_NONE) {
        *err = f->fault;
        rc = -1;
    }
    rc = comm_agree(f->all, rc, err);
    if (comm_rank(f->all) == 0)
        tidy(f);
    return rc;
}

static int find_members(const struct config *config, struct members *all,
                        struct err *err) {
    if (series_parse(config->family_seeds, 0, &all->seeds, err) < 0)
        return err_prefix(err, "family.seeds");
    all->shapes = config->shape_count > 0 ? config->shape_count : 1;
    all->count = all->shapes * all->seeds.count;
    return family_shapes_check(config, err);
}

/* What is for one run. */
static int check_options(const struct config *config, struct err *err) {
    if (strcmp(config->train_nonfinite, "rollback") == 0)
        return err_set(
            err, ERR_CONFIG,
            "train.nonfinite: rollback is for one run; seeds of a family may "
            "share their data, which goes on: skip is for them");
    if (config->teacher_ranks != CONFIG_UNSET)
        return err_set(err, ERR_CONFIG,
                       "teacher.ranks: `mpibert family` lends no ranks; unset it, and "
                       "let `mpibert teach` make teacher.cache");
    if (config->evaluation_tasks)
        return err_set(err, ERR_CONFIG,
                       "evaluation.tasks: `mpibert family` lends no ranks; unset it, "
                       "and judge the seeds by `mpibert finetune`");
    return 0;
}

int family_run(struct comm *comm, const struct config *config, struct err *err) {
    struct family f = {.all = comm, .config = config};
    struct members all = {0};
    int64_t groups;
    int rc = check_options(config, err);
    if (rc == 0)
        rc = find_members(config, &all, err);
    if (rc == 0)
        rc = count_groups(config, &all, comm_size(comm), &groups, err);
    if (rc == 0)
        rc =
            comm_agree(comm, wishes_open(&f.wishes, config, comm_rank(comm), err), err);
    if (rc == 0)
        rc = run_groups(&f, &all, (int)groups, err);
    wishes_close(&f.wishes);
    family_fini(&f);
    series_fini(&all.seeds);
    return rc;
}
