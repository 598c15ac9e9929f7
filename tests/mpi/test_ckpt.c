/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever the number of ranks, a checkpoint must hold the numbers it was given
 * and the state's hash that one process computes from memory.  A write that fails, on
 * all ranks or on one, must fail on all of them with the reason, leave no file of its
 * own and the earlier checkpoint as it was, and must not spoil the next write.  Who
 * writes, and when, does not show in the file; what is not on the disk as it was
 * written gets no name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "tests/ckpt_sample.h"
#include "tests/failfs.h"
#include "tests/tap.h"

static struct comm *comm;

/* A folder of rank 0 that all ranks know. */
static void make_folder(const char *name, char dir[256]) {
    if (comm_rank(comm) == 0) {
        snprintf(dir, 256, "%s/%s", tap_folder(), name);
        ok(mkdir(dir, 0777) == 0, "folder '%s'", name);
    }
    comm_broadcast(comm, dir, 256, 0);
}

static void check_file(const char *path, const struct sample *sample, bool moments) {
    struct err err = {0};
    struct ckpt *ckpt = ckpt_open(path, &err);
    if (!ok(ckpt != NULL, "it opens on every rank %s", err.text))
        return;
    char want[HASH_HEX_SIZE];
    sample_state_hash(sample, moments, want);
    is_str(ckpt_header(ckpt)->state_hash, want, "state_hash is that of the memory");
    is_str(sample->header.state_hash, want, "and the writer's header has it");
    is_int(ckpt_verify(ckpt, &err), 0, "it verifies %s", err.text);
    ok(sample_is_in(sample, ckpt, moments), "it holds what was written");
    ckpt_close(ckpt);
}

static void test_write(const char *folder, bool moments) {
    char dir[256];
    struct sample sample;
    struct err err = {0};
    struct str path = {0};
    make_folder(folder, dir);
    sample_init(&sample, 500);
    ckpt_path(dir, 500, &path);
    sample_share(&sample, comm, moments);
    is_int(
        ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks, &err),
        0, "write into '%s' %s", folder, err.text);
    check_file(path.data, &sample, moments);
    is_int(sample_count_files(dir), 1, "nothing else is in the folder");
    comm_barrier(comm);
    sample_fini(&sample);
    str_fini(&path);
}

/* The numbers are a formula, so the state's hash is one too: the same for ever. */
static void test_golden(void) {
    struct sample sample;
    char hex[HASH_HEX_SIZE];
    sample_init(&sample, 7);
    sample_state_hash(&sample, true, hex);
    is_str(hex, "3fddd03a0b252ebf2252612db899f495", "the state's hash of a formula");
    sample_fini(&sample);
}

static void test_replace(void) {
    char dir[256];
    struct sample sample;
    struct err err = {0};
    struct str path = {0};
    make_folder("replace", dir);
    str_printf(&path, "%s/twice.h5", dir);
    for (int64_t step = 1; step < 3; step++) {
        sample_init(&sample, step);
        sample_share(&sample, comm, true);
        is_int(ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks,
                          &err),
               0, "the same name, time %d", (int)step);
        check_file(path.data, &sample, true);
        comm_barrier(comm);
        sample_fini(&sample);
    }
    str_fini(&path);
}

/* ---- ways of writing ---- */

static const struct ckpt_how ways[] = {
    {CKPT_POSIX, false}, {CKPT_POSIX, true}, {CKPT_MPIIO, false}};
enum { WAYS = sizeof ways / sizeof *ways };

static void test_ways(void) {
    char dir[256], hex[WAYS][HASH_HEX_SIZE];
    struct sample sample;
    struct str path = {0};
    make_folder("ways", dir);
    sample_init(&sample, 3);
    sample_share(&sample, comm, true);
    for (int i = 0; i < WAYS; i++) {
        struct err err = {0};
        str_clear(&path);
        str_printf(&path, "%s/way-%d.h5", dir, i);
        struct ckpt_writing *writing =
            ckpt_begin(comm, path.data, ways[i], &sample.header, &sample.blocks);
        is_int(ckpt_end(writing, NULL, &err), 0, "way %d: %s", i, err.text);
        check_file(path.data, &sample, true);
        file_hash(path.data, hex[i], &err);
        is_str(hex[i], hex[0], "way %d gives the same bytes", i);
    }
    comm_barrier(comm);
    sample_fini(&sample);
    str_fini(&path);
}

/* Nothing but ckpt_poll takes it on, and the name is there only at the end. */
static void test_beside(void) {
    char dir[256];
    struct sample sample;
    struct err err = {0};
    struct str path = {0};
    int polls = 0;
    bool over = false, early = false;
    make_folder("beside", dir);
    sample_init(&sample, 3);
    sample_share(&sample, comm, true);
    ckpt_path(dir, 3, &path);
    struct ckpt_writing *writing =
        ckpt_begin(comm, path.data, ways[1], &sample.header, &sample.blocks);
    while (!over) {
        double busy = 1;
        while (busy > 0) { /* as steps do */
            busy = ckpt_is_busy(writing);
            comm_max_f64(comm, &busy, 1);
        }
        early = early || (polls < 3 && access(path.data, F_OK) == 0);
        over = ckpt_poll(writing);
        polls++;
    }
    is_int(polls, 4, "hash, write, read back, rename: so many turns");
    ok(!early, "no name before the last");
    is_int(ckpt_end(writing, NULL, &err), 0, "and then it is there %s", err.text);
    check_file(path.data, &sample, true);
    comm_barrier(comm);
    sample_fini(&sample);
    str_fini(&path);
}

/* What fails once is done again with another file; what fails for ever is not there. */
static void test_attempts(void) {
    static const struct {
        enum failfs_op op;
        int times, error, rc;
        const char *words;
    } rows[] = {
        {FAILFS_PWRITE, 1, EIO, 0, ""},
        {FAILFS_PWRITE, 1, FAILFS_SHORT, 0, ""},
        {FAILFS_PWRITE, 1, FAILFS_LIE, 0, ""},
        {FAILFS_PWRITE, FAILFS_FOR_EVER, FAILFS_LIE, -1, "read back"},
        {FAILFS_PWRITE, FAILFS_FOR_EVER, ENOSPC, -1, "No space left"},
        {FAILFS_FSYNC, 1, EIO, 0, ""},
        {FAILFS_FSYNC, 2, EIO, 0, ""},
        {FAILFS_FSYNC, 3, EIO, -1, "cannot sync"},
    };
    char dir[256];
    make_folder("attempts", dir);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sample sample;
        struct err err = {0};
        struct str path = {0};
        bool last = comm_rank(comm) == comm_size(comm) - 1;
        int files = sample_count_files(dir);
        comm_barrier(comm);
        sample_init(&sample, (int64_t)i);
        sample_share(&sample, comm, true);
        ckpt_path(dir, (int64_t)i, &path);
        if (last)
            failfs_arm(rows[i].op, 1, rows[i].times, rows[i].error);
        int rc = ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks,
                            &err);
        failfs_disarm();
        is_int(rc, rows[i].rc, "attempts %zu: %s", i, err.text);
        /* the layout, whose writing comes first, is rank 0's */
        ok(rc == 0 || (err.code == ERR_IO && (strstr(err.text, rows[i].words) ||
                                              strstr(err.text, "not there as it was"))),
           "  with the reason");
        is_int(sample_count_files(dir), files + (rc == 0), "  and nothing else");
        if (rc == 0)
            check_file(path.data, &sample, true);
        comm_barrier(comm);
        sample_fini(&sample);
        str_fini(&path);
    }
}

static void limit_file_size(rlim_t bytes) {
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

/* Writes step 2 beside a good step 1 and expects -1, `code`, and nothing left. */
static void expect_failure(const char *dir, int code, const char *what) {
    struct sample sample, before;
    struct err err = {0};
    struct str path = {0}, earlier = {0};
    int files = sample_count_files(dir);
    comm_barrier(comm);
    sample_init(&sample, 2);
    sample_share(&sample, comm, true);
    ckpt_path(dir, 2, &path);
    int rc =
        ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks, &err);
    limit_file_size(RLIM_INFINITY); /* standard output may be a file, too */
    is_int(rc, -1, "%s: fails on every rank", what);
    is_int(err.code, code, "%s: code; %s", what, err.text);
    ok(strstr(err.text, path.data) != NULL, "%s: the file is named", what);
    is_int(sample_count_files(dir), files, "%s: nothing is left", what);
    is_int(
        ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks, NULL),
        -(files == 0), "%s: the next write is as good as the folder", what);
    if (files > 0)
        check_file(path.data, &sample, true);
    ckpt_path(dir, 1, &earlier);
    sample_init(&before, 1);
    struct ckpt *ckpt = ckpt_open(earlier.data, NULL);
    ok(files == 0 || sample_is_in(&before, ckpt, true),
       "%s: the earlier one is as it was", what);
    ckpt_close(ckpt);
    comm_barrier(comm);
    sample_fini(&sample), sample_fini(&before);
    str_fini(&path), str_fini(&earlier);
}

/* Which ranks run into a limit of file size. */
static void test_limits(void) {
    static const struct {
        rlim_t bytes;
        int rank; /* -1: all; 99: the last */
        const char *what;
    } rows[] = {
        {3 << 20, 0, "rank 0 may not write so much"},
        {3 << 20, 99, "the last rank cannot write its slices"},
        {1000, -1, "no rank can write"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char dir[256], name[32];
        struct sample sample;
        struct str path = {0};
        int last = comm_size(comm) - 1;
        int hit = rows[i].rank == 99 ? last : rows[i].rank;
        snprintf(name, sizeof name, "limit-%zu", i);
        make_folder(name, dir);
        sample_init(&sample, 1);
        sample_share(&sample, comm, true);
        ckpt_path(dir, 1, &path);
        is_int(ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks,
                          NULL),
               0, "a good one first");
        if (hit < 0 || hit == comm_rank(comm))
            limit_file_size(rows[i].bytes);
        expect_failure(dir, ERR_IO, rows[i].what);
        sample_fini(&sample);
        str_fini(&path);
    }
}

static void test_no_folder(void) {
    char dir[256], below[300];
    make_folder("none", dir);
    snprintf(below, sizeof below, "%s/not-there", dir);
    expect_failure(below, ERR_IO, "folder that is not there");
    struct sample sample;
    struct err err = {0};
    sample_init(&sample, 1);
    sample_share(&sample, comm, true);
    is_int(ckpt_write(comm, "/proc/checkpoint.h5", CKPT_POSIX, &sample.header,
                      &sample.blocks, &err),
           -1, "a folder nobody can write to: %s", err.text);
    is_int(err.code, ERR_IO, "its code");
    sample_fini(&sample);
}

/* A small file system, where mounting is allowed. */
static void test_full_disk(const char *folder, const char *size) {
    char dir[256];
    make_folder(folder, dir);
    uint64_t mounted = 0;
    if (comm_rank(comm) == 0)
        mounted = mount("none", dir, "tmpfs", 0, size) == 0;
    comm_sum_u64(comm, &mounted, 1);
    if (!mounted) {
        skip("may not mount a small file system", 1);
        return;
    }
    struct sample sample;
    struct err err = {0};
    struct str path = {0};
    sample_init(&sample, 1);
    sample_share(&sample, comm, true);
    ckpt_path(dir, 1, &path);
    is_int(
        ckpt_write(comm, path.data, CKPT_POSIX, &sample.header, &sample.blocks, &err),
        -1, "a full disk fails on every rank: %s", err.text);
    is_int(err.code, ERR_IO, "its code");
    is_int(sample_count_files(dir), 0, "nothing is left on it");
    comm_barrier(comm);
    if (comm_rank(comm) == 0)
        ok(umount2(dir, MNT_DETACH) == 0, "unmounted");
    sample_fini(&sample);
    str_fini(&path);
}

int main(int argc, char **argv) {
    struct err err = {0};
    comm = comm_create(&argc, &argv, &err);
    if (comm == NULL)
        return log_error(&err);
    tap_quiet(comm_rank(comm) != 0);
    test_golden();
    test_write("with moments", true);
    test_write("run:1 weights, na\xc3\xafve", false);
    test_replace();
    test_ways();
    test_beside();
    test_attempts();
    test_limits();
    test_no_folder();
    test_full_disk("no room for the metadata", "size=16k");
    test_full_disk("no room for the numbers", "size=4m");
    comm_barrier(comm);
    int rc = tap_done();
    comm_destroy(comm);
    return rc;
}
