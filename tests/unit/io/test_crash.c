/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whenever the power is cut or the program killed, and whatever of what was not
 * synced is lost then, the next start finds the newest checkpoint that was
 * acknowledged, or a later one, number for number, and leaves no litter; a bit that
 * rots costs that checkpoint and is told.  Two runs are never in one folder.  On a disk
 * that does not sync files, or not folders, checkpoints must be lost: else this test
 * sees nothing.
 *
 * A seed is a whole life: several starts, each to its crash.  What fails says its seed;
 * MPIBERT_TEST_SEED=N runs that one alone, MPIBERT_TEST_SEEDS=N so many from
 * MPIBERT_TEST_FIRST on (tests/long/crash.t).
 *
 * HDF5 would take nearly all of the time, and say of the same bytes the same each time.
 * So it lays out a step once (layout_make) and reads a file once (ckpt_prove); the
 * linker (Makefile) leads calls of these two to the functions of this file, which ask
 * the real ones about what is new.  A file is known only if it is, byte for byte, what
 * was proved to be the checkpoint of its step. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/layout.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/hash.h"
#include "src/base/lock.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "tests/ckpt_sample.h"
#include "tests/simdisk.h"
#include "tests/tap.h"

enum { STARTS = 4, STEPS = 4, KEEP = 2, CHANGES = 90, SEEDS = 200, LIES = 200 };

static struct comm *comm;
static char folder[256];

/* ---- what HDF5 said before ---- */

/* Of the checkpoint of a step. */
static struct known {
    int layout; /* a file in memory, or 0 */
    uint64_t *places;
    struct hash128 good[2]; /* as it is written, and as one that rotted without harm */
    int count;
} known[STARTS * STEPS + 1];

static struct known *known_of(int64_t step) {
    CHECK(step >= 0 && step <= STARTS * STEPS);
    return &known[step];
}

int __real_layout_make(const char *path, const struct slices *slices,
                       struct ckpt_header *header, const struct contents *contents,
                       uint64_t *places, struct err *err);
int __wrap_layout_make(const char *path, const struct slices *slices,
                       struct ckpt_header *header, const struct contents *contents,
                       uint64_t *places, struct err *err);
int __real_ckpt_prove(const char *path, bool *moments, struct err *err);
int __wrap_ckpt_prove(const char *path, bool *moments, struct err *err);

int __wrap_layout_make(const char *path, const struct slices *slices,
                       struct ckpt_header *header, const struct contents *contents,
                       uint64_t *places, struct err *err) {
    struct known *step = known_of(header->step);
    size_t count = (size_t)slices_count(slices);
    if (step->places == NULL) {
        step->places = mem_alloc(count, sizeof *places);
        step->layout =
            __real_layout_make(path, slices, header, contents, step->places, err);
        CHECK(step->layout > 0);
    }
    memcpy(places, step->places, count * sizeof *places);
    return dup(step->layout);
}

/* Whether a file is what was proved to be the checkpoint of its step. */
static bool is_known(const char *path) {
    struct slice bytes = simdisk_look(path);
    const struct known *step = known_of(ckpt_step_of(file_base_name(path)));
    struct hash128 hash = hash128(bytes.data, bytes.size);
    for (int i = 0; i < step->count; i++)
        if (memcmp(&step->good[i], &hash, sizeof hash) == 0)
            return true;
    return false;
}

/* Whether a checkpoint has the numbers of its step. */
static bool holds(const char *path, int64_t step) {
    struct sample sample;
    struct ckpt *ckpt = ckpt_open(path, NULL);
    sample_init_tiny(&sample, step);
    bool same = ckpt && sample_is_in(&sample, ckpt, true);
    ckpt_close(ckpt);
    sample_fini(&sample);
    return same;
}

static void copy_out(const char *path, struct slice bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && write(fd, bytes.data, bytes.size) == (ssize_t)bytes.size);
    close(fd);
}

static void learn(struct known *step, struct slice bytes) {
    step->good[step->count > 0] = hash128(bytes.data, bytes.size);
    step->count = step->count > 0 ? 2 : 1;
}

/* On the system's disk, where HDF5 reads. */
static int prove_anew(const char *path, struct slice bytes, bool *moments,
                      struct err *err) {
    int64_t step = ckpt_step_of(file_base_name(path));
    const struct fs *own = fs;
    fs = &fs_system;
    copy_out(path, bytes);
    int rc = __real_ckpt_prove(path, moments, err);
    if (rc == 0 && holds(path, step))
        learn(known_of(step), bytes);
    unlink(path);
    fs = own;
    return rc;
}

int __wrap_ckpt_prove(const char *path, bool *moments, struct err *err) {
    *moments = true;
    return is_known(path) ? 0 : prove_anew(path, simdisk_look(path), moments, err);
}

/* ---- a life ---- */

/* What a life is known to have. */
struct life {
    int64_t acknowledged; /* the newest step; -1: none */
    int64_t rotten;       /* that step, where it was spoilt on the disk, or -1 */
    bool sure;            /* all that is there is on the disk */
    const char *fault;    /* what must not be, or NULL */
};

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
        if (life->rotten >= 0)
            least = life->rotten - 1;
        if (rc < 0)
            life->fault = "the folder cannot be gone on from";
        else if (step < least)
            life->fault = "an acknowledged checkpoint is lost";
        else if (step >= 0 && !is_known(path.data))
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
    /* A later one that is not on the disk may be lost yet, and then it is gone on from
     * the acknowledged one, or, where that is spoilt, from the one before. */
    if (!simdisk_is_dead() && (life->sure || step <= life->acknowledged)) {
        life->acknowledged = step;
        life->rotten = -1;
    }
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
            life->rotten = -1;
            ckpt_retain(folder, &kept, step);
        }
        sample_fini(&sample);
        str_fini(&path);
    }
    lock_release(&lock);
}

static bool is_there(int64_t step) {
    struct str path = {0};
    ckpt_path(folder, step, &path);
    bool there = fs->access(path.data, F_OK) == 0;
    str_fini(&path);
    return there;
}

/* One bit of the newest acknowledged one, when an older one is there to go back to. */
static void spoil(struct life *life) {
    struct str path = {0};
    if (life->acknowledged < 2 || !is_there(life->acknowledged) ||
        !is_there(life->acknowledged - 1))
        return;
    ckpt_path(folder, life->acknowledged, &path);
    simdisk_rot(path.data);
    life->rotten = life->acknowledged;
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
        life.sure = simdisk_draw(4) > 0;
        simdisk_boot(life.sure ? SIMDISK_POWER : SIMDISK_KILL);
        if (lie == SIMDISK_HONEST && simdisk_draw(12) == 0)
            spoil(&life);
    }
    if (life.fault == NULL)
        resume(&life);
    if (life.fault == NULL && simdisk_count_files() > KEEP + STARTS + 3)
        life.fault = "litter is left";
    simdisk_close();
    return life.fault;
}

/* Whether nothing is lost; else it is told. */
static bool is_fine(uint64_t seed) {
    const char *fault = live(seed, SIMDISK_HONEST);
    if (fault)
        diag("seed %llu: %s", (unsigned long long)seed, fault);
    return fault == NULL;
}

/* How many of so many seeds fail. */
static int count_failures(uint64_t first, int seeds) {
    int failed = 0;
    for (int i = 0; i < seeds; i++)
        failed += !is_fine(first + (uint64_t)i);
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
    const char *from = one ? one : getenv("MPIBERT_TEST_FIRST");
    int seeds = one ? 1 : all ? atoi(all) : SEEDS;
    uint64_t first = from ? strtoull(from, NULL, 10) : 1;
    comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    snprintf(folder, sizeof folder, "%s", tap_folder());
    if (!one && !freopen("/dev/null", "w", stderr)) /* every fault is told there */
        return 74;
    double start = timer_now();
    is_int(count_failures(first, seeds), 0, "%d lives, nothing is lost", seeds);
    diag("%.0f lives a minute", 60 * seeds / (timer_now() - start));
    ok(is_fine(25533), "the acknowledged one is spoilt, a later one taken and lost");
    ok(is_fine(553858), "nothing is spoilt that has but step 0 before it");
    ok(one || find_failure(SIMDISK_NO_FILE_SYNC) > 0,
       "a disk that does not sync files loses checkpoints");
    ok(one || find_failure(SIMDISK_NO_FOLDER_SYNC) > 0,
       "a disk that does not sync folders loses checkpoints");
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
