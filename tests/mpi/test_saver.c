/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: which steps are saved follows from the options, the same on all ranks.  A save
 * keeps what checkpoint.keep and checkpoint.snapshots say and no more; one that fails,
 * for whatever reason, fails on all ranks with that reason, leaves nothing of its own,
 * and takes nothing away from what was there. */
#include "src/train/saver.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/signals.h"
#include "tests/failfs.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

static struct comm *comm;

/* Collective.  From beginning to end; *path gets its name. */
static int save_now(struct saver *saver, struct session *s, bool asked,
                    struct str *path, struct err *err) {
    if (saver_begin(saver, s, asked, true, err) < 0 || saver_finish(saver, s, err) < 0)
        return -1;
    str_clear(path);
    str_append(path, saver->path.data, saver->path.size);
    return 0;
}

/* ---- when ---- */

/* train.steps is 20; every_steps "" is null. */
static void test_due(void) {
    static const struct {
        const char *every, *snapshots;
        int64_t step;
        bool asked, due;
    } rows[] = {
        {"5", NULL, 0, false, true},      {"5", NULL, 4, false, false},
        {"5", NULL, 5, false, true},      {"5", NULL, 6, false, false},
        {"5", NULL, 6, true, true},       {"5", NULL, 20, false, true},
        {"7", NULL, 20, false, true}, /* the last always */
        {NULL, NULL, 5, false, false},    {NULL, NULL, 0, false, true},
        {NULL, NULL, 20, false, true},    {NULL, NULL, 3, true, true},
        {NULL, "3,50%", 3, false, true},  {NULL, "3,50%", 10, false, true},
        {NULL, "3,50%", 4, false, false}, {"5", "log", 8, false, true},
        {"5", "log", 9, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct saver saver;
        struct config config;
        struct session session = {.comm = comm, .config = &config};
        config_init(&config);
        config_set(&config, "train.steps", "20", "test", NULL);
        config_set(&config, "checkpoint.every_steps", rows[i].every, "test", NULL);
        config_set(&config, "checkpoint.snapshots", rows[i].snapshots, "test", NULL);
        session.step = rows[i].step;
        saver_init(&saver, &config, -1);
        is_int(saver_due(&saver, &session, rows[i].asked), rows[i].due,
               "step %d of 20, every %s, snapshots %s%s", (int)rows[i].step,
               rows[i].every ? rows[i].every : "null",
               rows[i].snapshots ? rows[i].snapshots : "null",
               rows[i].asked ? ", asked" : "");
        saver_fini(&saver);
        config_fini(&config);
    }
}

/* Rank 0's clock alone. */
static void test_asks(void) {
    static const struct {
        const char *minutes;
        double ago; /* seconds since the last */
        bool asks;
    } rows[] = {{NULL, 1e9, false}, {"2", 119, false}, {"2", 121, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct saver saver;
        struct config config;
        const struct session session = {.comm = comm, .config = &config};
        config_init(&config);
        config_set(&config, "checkpoint.every_minutes", rows[i].minutes, "test", NULL);
        saver_init(&saver, &config, -1);
        saver.last -= rows[i].ago;
        is_int(saver_asks(&saver, &session), rows[i].asks && comm_rank(comm) == 0,
               "every_minutes %s, %g s later",
               rows[i].minutes ? rows[i].minutes : "null", rows[i].ago);
        saver_fini(&saver);
        config_fini(&config);
    }
}

/* USR1 asks on whatever rank it comes to, each run for itself, until that one saves. */
static void test_signal(void) {
    struct smallrun run;
    struct session s;
    struct saver first, second;
    struct str path = {0};
    struct err err = {0};
    smallrun_init(&run, comm, "signal");
    ok(session_open(&s, comm, run.binding, &run.config, NULL, &err) == 0, "it opens %s",
       err.text);
    saver_init(&first, &run.config, -1);
    saver_init(&second, &run.config, -1);
    bool mine = comm_rank(comm) == comm_size(comm) - 1;
    signals_listen();
    ok(!saver_asks(&first, &s), "nobody asks");
    if (mine)
        raise(SIGUSR1);
    is_int(saver_asks(&first, &s), mine, "the rank that was sent USR1");
    is_int(save_now(&first, &s, true, &path, &err), 0, "  a save %s", err.text);
    ok(!saver_asks(&first, &s), "  serves it");
    is_int(saver_asks(&second, &s), mine, "  but not for another run");
    str_fini(&path);
    saver_fini(&first);
    saver_fini(&second);
    session_close(&s);
    smallrun_fini(&run);
}

/* ---- what stays ---- */

/* Saves every step from 0 to 6 of a run that does not train. */
static void save_all(struct smallrun *run, const char *asked) {
    struct session session;
    struct saver saver;
    struct str path = {0};
    struct err err = {0};
    if (!ok(session_open(&session, comm, run->binding, &run->config, NULL, &err) == 0,
            "it opens %s", err.text))
        return;
    saver_init(&saver, &run->config, -1);
    for (session.step = 0; session.step <= 6; session.step++)
        if (saver_due(&saver, &session, asked[session.step] == 'a') &&
            save_now(&saver, &session, asked[session.step] == 'a', &path, &err) < 0)
            ok(false, "step %d: %s", (int)session.step, err.text);
    str_fini(&path);
    saver_fini(&saver);
    session_close(&session);
}

static bool has_moments(struct smallrun *run, int64_t step) {
    struct str path = {0};
    ckpt_path(run->config.checkpoint_dir, step, &path);
    struct ckpt *ckpt = ckpt_open(path.data, NULL);
    bool moments = ckpt && ckpt_moments(ckpt) > 0;
    ckpt_close(ckpt);
    str_fini(&path);
    return moments;
}

static void test_kept(void) {
    static const struct {
        const char *keep, *every, *snapshots, *moments;
        const char *asked; /* 'a' at a step */
        const char *left;
        int64_t bare; /* a step of weights alone, or -1 */
    } rows[] = {
        {"2", "1", NULL, "true", ".......", "0 5 6", -1},
        {"1", "2", NULL, "true", ".......", "0 6", -1},
        {"all", "2", NULL, "true", ".......", "0 2 4 6", -1},
        {"1", "1", "2,3", "true", ".......", "0 2 3 6", -1},
        {"1", NULL, "1,3", "true", ".......", "0 1 3 6", -1},
        {"1", NULL, "3", "false", ".......", "0 3 6", 3},
        {"1", NULL, "3", "false", "...a...", "0 3 6",
         -1}, /* asked for: to go on from */
        {"2", "3", "3", "false", ".......", "0 3 6", -1},
        {"2", NULL, NULL, "true", ".aa.a..", "0 4 6", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct smallrun run;
        char name[32], list[512];
        snprintf(name, sizeof name, "kept-%zu", i);
        smallrun_init(&run, comm, name);
        smallrun_set(&run, "checkpoint.keep", rows[i].keep);
        smallrun_set(&run, "checkpoint.every_steps", rows[i].every);
        smallrun_set(&run, "checkpoint.snapshots", rows[i].snapshots);
        smallrun_set(&run, "checkpoint.snapshot_moments", rows[i].moments);
        save_all(&run, rows[i].asked);
        smallrun_list(&run, list);
        is_str(list, rows[i].left, "keep %s, every %s, snapshots %s", rows[i].keep,
               rows[i].every ? rows[i].every : "null",
               rows[i].snapshots ? rows[i].snapshots : "null");
        for (int64_t step = 1; step <= 6; step++)
            if (strchr(list, (char)('0' + step)))
                is_int(has_moments(&run, step), step != rows[i].bare,
                       "  moments of step %d", (int)step);
        smallrun_fini(&run);
    }
}

/* ---- what fails ---- */

/* A run that stands at step 3, with steps 0, 1 and 2 saved. */
struct standing {
    struct smallrun run;
    struct session session;
    struct saver saver;
    rlim_t limit;
    float weight;
};

static void stand(struct standing *s, const char *name) {
    struct str path = {0};
    struct err err = {0};
    smallrun_init(&s->run, comm, name);
    ok(session_open(&s->session, comm, s->run.binding, &s->run.config, NULL, &err) == 0,
       "it opens %s", err.text);
    saver_init(&s->saver, &s->run.config, -1);
    for (s->session.step = 0; s->session.step < 3; s->session.step++)
        if (save_now(&s->saver, &s->session, true, &path, &err) < 0)
            ok(false, "%s", err.text);
    str_fini(&path);
}

static void leave(struct standing *s) {
    saver_fini(&s->saver);
    session_close(&s->session);
    smallrun_fini(&s->run);
}

/* A folder with something in it at a checkpoint's name: no file can take that name, nor
 * can it be unlinked. */
static void block(struct standing *s, int64_t step, bool spoilt) {
    struct str path = {0}, inside = {0};
    ckpt_path(s->run.config.checkpoint_dir, step, &path);
    str_printf(&inside, "%s/x", path.data);
    if (comm_rank(comm) == 0 && spoilt)
        unlink(path.data), mkdir(path.data, 0777), mkdir(inside.data, 0777);
    else if (comm_rank(comm) == 0)
        rmdir(inside.data), rmdir(path.data);
    str_fini(&path);
    str_fini(&inside);
}

static void block_new(struct standing *s, bool spoilt) { block(s, 3, spoilt); }
static void block_old(struct standing *s, bool spoilt) { block(s, 1, spoilt); }

/* The last rank may write no more than 4 KiB. */
static void fill_disk(struct standing *s, bool spoilt) {
    struct rlimit limit;
    if (comm_rank(comm) < comm_size(comm) - 1)
        return;
    getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = spoilt ? 4096 : s->limit;
    s->limit = before;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* A node has the weights once. */
static void lose_number(struct standing *s, bool spoilt) {
    float *first = stepper_weights(s->session.stepper)->data;
    if (comm_rank(comm) > 0)
        return;
    s->weight = spoilt ? *first : s->weight;
    *first = spoilt ? NAN : s->weight;
}

static const struct failure {
    const char *name;
    void (*spoil)(struct standing *s, bool spoilt);
    int code;
    const char *words;
    const char *left; /* after the save that failed */
} failures[] = {
    {"rename", block_new, 74, "cannot rename: Is a directory", "0 1 2 3"},
    {"disk", fill_disk, 74, "checkpoint-000000003.h5", "0 1 2"},
    {"number", lose_number, 70, "step 3 is not saved: ", "0 1 2"},
    {"old", block_old, 0, "", "0 1 2 3"}, /* that cannot be removed: a warning */
};

static int save_step_3(struct standing *s, struct err *err) {
    struct str path = {0};
    *err = (struct err){0};
    int rc = save_now(&s->saver, &s->session, true, &path, err);
    str_fini(&path);
    return rc < 0 ? err->code : 0;
}

static void test_failure(const struct failure *f) {
    struct standing s;
    struct err err;
    char list[512];
    stand(&s, f->name);
    comm_barrier(comm);
    f->spoil(&s, true);
    comm_barrier(comm);
    int code = save_step_3(&s, &err);
    smallrun_list(&s.run, list);
    f->spoil(&s, false);
    is_int(code, f->code, "%s: %s", f->name, err.text);
    ok(strstr(err.text, f->words) != NULL, "  says '%s'", f->words);
    is_str(list, f->left, "  and what was there stays");
    comm_barrier(comm);
    is_int(save_step_3(&s, &err), 0, "  the next is as good as any %s", err.text);
    smallrun_list(&s.run, list);
    is_str(list, "0 2 3", "  and then the oldest goes");
    leave(&s);
}

/* ---- what is lost ---- */

/* The run goes on without a checkpoint that cannot be written, twice. */
static void test_lost(void) {
    static const struct {
        bool disk, must;
        int rc, lost;
        const char *words;
    } rows[] = {
        {false, false, 0, 1, ""},
        {false, false, 0, 2, ""},
        {true, false, 1, 0, ""},
        {false, false, 0, 1, ""},
        {false, false, 0, 2, ""},
        {false, false, -1, 3, "the last 3 checkpoints could not be written: "},
        {true, true, 1, 0, ""},
        {false, true, -1, 1, "checkpoint-000000003.h5"},
    };
    struct standing s;
    char list[512];
    stand(&s, "lost");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        if (!rows[i].disk && comm_rank(comm) == comm_size(comm) - 1)
            failfs_arm(FAILFS_FSYNC, 1, FAILFS_FOR_EVER, EIO);
        is_int(saver_begin(&s.saver, &s.session, true, rows[i].must, &err), 0,
               "lost %zu begins", i);
        ok(s.saver.writing != NULL, "  it is on its way");
        is_int(saver_finish(&s.saver, &s.session, &err), rows[i].rc, "  %s", err.text);
        failfs_disarm();
        ok(strstr(err.text, rows[i].words) != NULL, "  says '%s'", rows[i].words);
        is_int(s.saver.lost, rows[i].lost, "  so many in a row");
        ok(s.saver.writing == NULL && !saver_is_busy(&s.saver), "  none is left");
    }
    smallrun_list(&s.run, list);
    is_str(list, "0 2 3", "what was saved is there, and no litter");
    leave(&s);
}

/* Whoever writes, and when: the run is the same, and all is there when it ends. */
static void test_ways(void) {
    static const struct {
        const char *writer, *async, *moments;
    } rows[] = {{"posix", "true", "true"},
                {"posix", "false", "true"},
                {"mpiio", "true", "true"},
                {"posix", "true", "false"}}; /* then shares are others */
    char first[1100] = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct smallrun run;
        char name[32], result[1100], list[512];
        snprintf(name, sizeof name, "ways-%zu", i);
        smallrun_init(&run, comm, name);
        smallrun_set(&run, "checkpoint.writer", rows[i].writer);
        smallrun_set(&run, "checkpoint.async", rows[i].async);
        smallrun_set(&run, "checkpoint.snapshots", "1,3");
        smallrun_set(&run, "checkpoint.snapshot_moments", rows[i].moments);
        smallrun_train(&run, result);
        smallrun_list(&run, list);
        if (i == 0)
            strcpy(first, result);
        is_str(result, first, "%s, async %s, snapshots' moments %s", rows[i].writer,
               rows[i].async, rows[i].moments);
        is_str(list, "0 1 3 4 6 evaluations.jsonl metrics.jsonl", "  what is there");
        smallrun_fini(&run);
    }
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) > 0);
    test_due();
    test_asks();
    test_signal();
    test_kept();
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        test_failure(&failures[i]);
    test_lost();
    test_ways();
    comm_destroy(comm);
    return tap_done();
}
