/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whenever the power is cut or the program killed, and whatever of what was not
 * synced is lost then, the next start finds the newest checkpoint that was
 * acknowledged, or a later one, number for number, and leaves no litter; a bit that
 * rots costs that checkpoint and is told.  Two runs are never in one folder.  On a disk
 * that does not sync files, or not folders, checkpoints must be lost: else this test
 * sees nothing.
 *
 * A seed is a whole life: several starts, each to its crash.  What fails says its seed;
 * MPIBERT_TEST_SEED=N runs that one alone, MPIBERT_TEST_SEEDS=N so many
 * (tests/long/crash.t). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/lock.h"
#include "src/base/log.h"
#include "src/base/timer.h"
#include "tests/ckpt_sample.h"
#include "tests/simdisk.h"
#include "tests/tap.h"

enum { STARTS = 4, STEPS = 4, KEEP = 2, CHANGES = 90, SEEDS = 15, LIES = 200 };

static struct comm *comm;
static char folder[256];

/* What a life is known to have. */
struct life {
    int64_t acknowledged; /* the newest step; -1: none */
    int64_t rotten;       /* a step that was spoilt on the disk, or -1 */
    const char *fault;    /* what must not be, or NULL */
};

static bool holds(const char *path, int64_t step) {
    struct sample sample;
    struct ckpt *ckpt = ckpt_open(path, NULL);
    sample_init_tiny(&sample, step);
    bool same = ckpt && sample_is_in(&sample, ckpt, true);
    ckpt_close(ckpt);
    sample_fini(&sample);
    return same;
}

/* Takes up the newest checkpoint: its step, -1 when there is none, or a fault. */
static int64_t resume(struct life *life) {
    struct str path = {0};
    struct err err = {0};
    int64_t step = -1;
    int rc = ckpt_resume(folder, true, &path, &err);
    if (rc == 0 && path.size > 0)
        step = ckpt_step_of(strrchr(path.data, '/') + 1);
    if (!simdisk_is_dead()) {
        int64_t least = life->acknowledged;
        if (life->rotten >= 0 && least >= life->rotten)
            least = life->rotten - 1;
        if (rc < 0)
            life->fault = "the folder cannot be gone on from";
        else if (step < least)
            life->fault = "an acknowledged checkpoint is lost";
        else if (step >= 0 && !holds(path.data, step))
            life->fault = "a checkpoint holds something else";
    }
    str_fini(&path);
    return step;
}

/* The second of two runs is refused. */
static void try_second(struct life *life) {
    struct lock second = {0};
    struct err err = {0};
    int rc = lock_take(folder, &second, &err);
    if (!simdisk_is_dead() && (rc == 0 || err.code != ERR_CONFIG))
        life->fault = "two runs are in one folder";
    lock_release(&second);
}

/* A run: until it ends or the disk does. */
static void run(struct life *life) {
    struct lock lock = {0};
    struct series none = {0};
    if (lock_take(folder, &lock, NULL) < 0 && !simdisk_is_dead())
        life->fault = "the lock of a run that is no more holds";
    int64_t step = lock.held ? resume(life) : -1;
    life->acknowledged = simdisk_is_dead() ? life->acknowledged : step;
    life->rotten = -1;
    struct ckpt_retention kept = {.keep = KEEP, .snapshots = &none, .from = step};
    if (simdisk_draw(4) == 0)
        try_second(life);
    for (int i = 0; lock.held && !simdisk_is_dead() && i < STEPS; i++) {
        struct sample sample;
        struct str path = {0};
        sample_init_tiny(&sample, ++step);
        ckpt_path(folder, step, &path);
        int rc = ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks,
                            NULL);
        if (rc == 0) {
            life->acknowledged = step;
            ckpt_retain(folder, &kept, step);
        }
        sample_fini(&sample);
        str_fini(&path);
    }
    lock_release(&lock);
}

/* One bit of the newest acknowledged one, when an older one is there to go back to. */
static void spoil(struct life *life) {
    struct str path = {0};
    if (life->acknowledged < 2)
        return;
    ckpt_path(folder, life->acknowledged, &path);
    if (access(path.data, F_OK) == 0) {
        simdisk_rot(strrchr(path.data, '/') + 1);
        life->rotten = life->acknowledged;
    }
    str_fini(&path);
}

/* What is wrong with the life of a seed, or NULL. */
static const char *live(uint64_t seed, enum simdisk_lie lie) {
    struct life life = {.acknowledged = -1, .rotten = -1};
    simdisk_open(folder, seed, lie);
    for (int i = 0; i < STARTS && life.fault == NULL; i++) {
        simdisk_crash_after(1 + (int)simdisk_draw(CHANGES));
        if (simdisk_draw(3) == 0)
            simdisk_full_after(1 + (int)simdisk_draw(CHANGES));
        run(&life);
        simdisk_boot(simdisk_draw(4) ? SIMDISK_POWER : SIMDISK_KILL);
        if (lie == SIMDISK_HONEST && simdisk_draw(6) == 0)
            spoil(&life);
    }
    if (life.fault == NULL)
        resume(&life);
    if (life.fault == NULL && sample_count_files(folder) > KEEP + STARTS + 3)
        life.fault = "litter is left";
    simdisk_close();
    return life.fault;
}

/* How many of so many seeds fail; each is told. */
static int count_failures(uint64_t first, int seeds) {
    int failed = 0;
    for (int i = 0; i < seeds; i++) {
        const char *fault = live(first + (uint64_t)i, SIMDISK_HONEST);
        if (fault)
            diag("seed %llu: %s", (unsigned long long)(first + (uint64_t)i), fault);
        failed += fault != NULL;
    }
    return failed;
}

/* The first seed that shows a lie of the disk's, or 0. */
static int find_failure(enum simdisk_lie lie) {
    for (int seed = 1; seed <= LIES; seed++)
        if (live((uint64_t)seed, lie))
            return seed;
    return 0;
}

int main(int argc, char **argv) {
    struct err err = {0};
    const char *one = getenv("MPIBERT_TEST_SEED"), *all = getenv("MPIBERT_TEST_SEEDS");
    int seeds = one ? 1 : all ? atoi(all) : SEEDS;
    uint64_t first = one ? strtoull(one, NULL, 10) : 1;
    comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    snprintf(folder, sizeof folder, "%s", tap_folder());
    if (!one && !freopen("/dev/null", "w", stderr)) /* every fault is told there */
        return 74;
    double start = timer_now();
    is_int(count_failures(first, seeds), 0, "%d lives, nothing is lost", seeds);
    diag("%.0f lives a minute", 60 * seeds / (timer_now() - start));
    ok(one || find_failure(SIMDISK_NO_FILE_SYNC) > 0,
       "a disk that does not sync files loses checkpoints");
    ok(one || find_failure(SIMDISK_NO_FOLDER_SYNC) > 0,
       "a disk that does not sync folders loses checkpoints");
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
