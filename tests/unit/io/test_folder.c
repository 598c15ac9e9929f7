/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a folder must give its newest good checkpoint.  A run that goes on from it
 * moves the damaged ones out of the way and never goes back to the beginning unasked;
 * what cannot be read is not damaged; and old ones are removed by number, but never the
 * one just written. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/ckpt/ckpt.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/core/config.h"
#include "tests/ckpt_sample.h"
#include "tests/tap.h"

enum { STEPS = 4 };

static struct str good[STEPS]; /* the bytes of good checkpoints of steps 0 to 3 */

/* ---- a disk that fails: HDF5 finds these before the C library's ---- */

static int reads_left = -1; /* < 0: the disk is sound */

static ssize_t read_or_fail(int fd, void *bytes, size_t size, off_t at) {
    if (reads_left == 0) {
        errno = EIO;
        return -1;
    }
    reads_left -= reads_left > 0;
    return syscall(SYS_pread64, fd, bytes, size, at);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    return read_or_fail(fd, bytes, size, at);
}
ssize_t pread64(int fd, void *bytes, size_t size, off64_t at) {
    return read_or_fail(fd, bytes, size, at);
}

static int names_left = -1; /* < 0: folders can be read to their end */

struct dirent *readdir(DIR *folder) {
    static struct dirent *(*real)(DIR *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "readdir");
    if (names_left == 0) {
        errno = ESTALE;
        return NULL;
    }
    names_left -= names_left > 0;
    return real(folder);
}

static void path_in(char path[256], const char *name) {
    snprintf(path, 256, "%s/%s", tap_folder(), name);
}

static void make_good(void) {
    for (int step = 0; step < STEPS; step++) {
        char path[256];
        struct sample sample;
        path_in(path, "good.h5");
        sample_init_tiny(&sample, step);
        ok(sample_write_in_child(&sample, path) == 0, "a child writes step %d", step);
        file_read(path, 1 << 28, &good[step], NULL);
        sample_fini(&sample);
    }
}

/* A folder with these files: "+" before a name: a good checkpoint of its step, "-": a
 * damaged one, "|": a pipe. */
static void make_folder(char dir[256], const char *name, const char *const *files) {
    path_in(dir, name);
    mkdir(dir, 0777);
    for (; *files; files++) {
        char path[512];
        const char *digits = strpbrk(*files, "0123456789");
        const struct str *bytes = &good[(digits ? atoi(digits) : 0) % STEPS];
        snprintf(path, sizeof path, "%s/%s", dir, *files + 1);
        if (**files == '|')
            mkfifo(path, 0666);
        else
            file_write_atomic(path, bytes->data,
                              **files == '+' ? bytes->size : bytes->size / 2, NULL);
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The digits and ends of the names in a folder, sorted: "0 1.bad 3". */
static void print_folder(const char *dir, char text[256]) {
    char *names[32], command[300];
    int count = 0;
    snprintf(command, sizeof command, "ls -A %s", dir);
    FILE *list = popen(command, "r");
    char line[256];
    while (list && fgets(line, sizeof line, list) && count < 32) {
        line[strcspn(line, "\n")] = '\0';
        names[count++] = mem_string(line);
    }
    pclose(list);
    qsort(names, (size_t)count, sizeof *names, compare_names);
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        long step = strtol(names[i] + strcspn(names[i], "0123456789"), NULL, 10);
        const char *h5 = strstr(names[i], ".h5");
        char word[64];
        snprintf(word, sizeof word, "%s%s%ld%s", i ? " " : "",
                 names[i][0] == '.' ? ".tmp" : "", step, h5 ? h5 + 3 : "?");
        strcat(text, word);
        mem_free(names[i]);
    }
}

static void test_list(void) {
    static const char *const files[] = {
        "-checkpoint-000000500.h5", "-checkpoint-000000000.h5",
        "-checkpoint-999999999.h5", "-checkpoint-1000000000.h5",
        "-checkpoint-000000020.h5",
        /* none of these is one */
        "-.tmp-checkpoint-000000900.h5-1-2", "-checkpoint-000000501.h5.bad",
        "-checkpoint-0000000501.h5", "-checkpoint-501.h5", "-checkpoint-00000050x.h5",
        "-checkpoint-.h5", "-checkpoint-9999999999999999999999.h5", "-vocab.txt", NULL};
    static const char *const want[] = {"1000000000", "999999999", "000000500",
                                       "000000020", "000000000"};
    char dir[256], path[512], **paths;
    int count;
    struct err err = {0};
    make_folder(dir, "list", files);
    is_int(ckpt_list(dir, &paths, &count, &err), 0, "list a folder");
    is_int(count, 5, "five checkpoints");
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/checkpoint-%s.h5", dir, want[i]);
        is_str(paths[i], path, "newest first");
        mem_free(paths[i]);
    }
    mem_free(paths);
    path_in(dir, "no-folder");
    is_int(ckpt_list(dir, &paths, &count, &err), -1, "no folder: %s", err.text);
    is_int(err.code, ERR_MISSING, "its code");
}

/* ---- going on ---- */

static const struct {
    const char *files[6];
    const char *resolved; /* the newest good one, or NULL: refused */
    int resolve_code;
    bool restart;
    const char *resumed; /* "": none there; NULL: refused */
    int resume_code;
    const char *left;
} rows[] = {
    {{"+checkpoint-000000001.h5", "+checkpoint-000000002.h5"},
     "2",
     0,
     false,
     "2",
     0,
     "1 2"},
    {{"+checkpoint-000000001.h5", "-checkpoint-000000002.h5"},
     "1",
     0,
     false,
     "1",
     0,
     "1 2.bad"},
    {{"+checkpoint-000000001.h5", "-checkpoint-000000002.h5",
      "+checkpoint-000000002.h5.bad"},
     "1",
     0,
     false,
     "1",
     0,
     "1 2.bad 2.bad2"},
    {{"-checkpoint-000000001.h5", "+checkpoint-000000002.h5",
      "-checkpoint-000000003.h5"},
     "2",
     0,
     false,
     "2",
     0,
     "1 2 3.bad"},
    {{"+checkpoint-000000001.h5", "|checkpoint-000000002.h5"},
     "1",
     0,
     false,
     "1",
     0,
     "1 2.bad"},
    {{"+checkpoint-000000001.h5", "+checkpoint-000000007.h5"}, /* of step 3 */
     "1",
     0,
     false,
     "1",
     0,
     "1 7.bad"},
    {{"+checkpoint-000000001.h5", "+.tmp-checkpoint-000000002.h5-1-2"},
     "1",
     0,
     false,
     "1",
     0,
     "1"},
    {{"+checkpoint-000000000.h5"}, "0", 0, false, "0", 0, "0"},
    /* back to the beginning only when told, and then what was there is kept */
    {{"+checkpoint-000000000.h5", "-checkpoint-000000001.h5"},
     "0",
     0,
     false,
     NULL,
     ERR_DATA,
     "0 1"},
    {{"+checkpoint-000000000.h5", "-checkpoint-000000001.h5"},
     "0",
     0,
     true,
     "0",
     0,
     "0 1.bad"},
    {{"-checkpoint-000000001.h5", "-checkpoint-000000002.h5"},
     NULL,
     ERR_DATA,
     false,
     NULL,
     ERR_DATA,
     "1 2"},
    {{"-checkpoint-000000001.h5", "-checkpoint-000000002.h5"},
     NULL,
     ERR_DATA,
     true,
     "",
     0,
     "1.bad 2.bad"},
    {{"+.tmp-checkpoint-000000002.h5-1-2"}, NULL, ERR_MISSING, false, "", 0, ""},
    {{NULL}, NULL, ERR_MISSING, false, "", 0, ""},
};

static void check_path(const struct str *path, const char *dir, const char *step,
                       const char *what) {
    struct str want = {0};
    if (*step)
        str_printf(&want, "%s/checkpoint-00000000%s.h5", dir, step);
    is_str(path->size ? path->data : "", want.size ? want.data : "", "%s", what);
    str_fini(&want);
}

static void test_row(size_t i) {
    char dir[256], name[32], left[256];
    struct str path = {0};
    struct err err = {0};
    snprintf(name, sizeof name, "row-%zu", i);
    make_folder(dir, name, rows[i].files);
    is_int(ckpt_resolve(dir, &path, &err), rows[i].resolved ? 0 : -1, "folder %zu %s",
           i, err.text);
    is_int(err.code, rows[i].resolve_code, "its code");
    check_path(&path, dir, rows[i].resolved ? rows[i].resolved : "",
               "the newest good one");
    str_clear(&path);
    err = (struct err){0};
    is_int(ckpt_resume(dir, rows[i].restart, &path, &err), rows[i].resumed ? 0 : -1,
           "to go on: %s", err.text);
    is_int(err.code, rows[i].resume_code, "its code");
    check_path(&path, dir, rows[i].resumed ? rows[i].resumed : "", "from there");
    print_folder(dir, left);
    is_str(left, rows[i].left, "what is left");
    str_fini(&path);
}

static void test_files(void) {
    struct str path = {0};
    is_int(ckpt_resolve("/dev/null", &path, NULL), 0, "a file is taken as it is");
    is_str(path.data, "/dev/null", "unread");
    is_int(ckpt_resolve("/no/such/file", &path, NULL), -1, "but must be there");
    str_fini(&path);
}

/* A name that leads nowhere says nothing about the bytes that should be there. */
static void test_unreadable(void) {
    static const char *const files[] = {"+checkpoint-000000001.h5", NULL};
    char dir[256], link[512], left[256];
    struct str path = {0};
    struct err err = {0};
    make_folder(dir, "unreadable", files);
    snprintf(link, sizeof link, "%s/checkpoint-000000002.h5", dir);
    ok(symlink("/no/such/mount/checkpoint.h5", link) == 0, "the newest is elsewhere");
    is_int(ckpt_resume(dir, true, &path, &err), -1, "no falling back: %s", err.text);
    is_int(err.code, ERR_MISSING, "its code");
    print_folder(dir, left);
    is_str(left, "1 2", "nothing is moved");
    str_fini(&path);
}

/* Whichever read of the newest fails: that is no damage, and nothing is done. */
static void test_failing_disk(void) {
    static const char *const files[] = {"+checkpoint-000000001.h5",
                                        "+checkpoint-000000002.h5", NULL};
    char dir[256], left[256];
    int failed = 0, others = 0;
    struct err err;
    make_folder(dir, "failing", files);
    for (int reads = 0; reads < 400; reads++) {
        struct str path = {0};
        reads_left = reads;
        int rc = ckpt_resume(dir, true, &path, &err);
        bool spent = reads_left == 0;
        reads_left = -1;
        failed += rc < 0 && err.code == ERR_IO;
        others += rc < 0 && err.code != ERR_IO;
        if (rc == 0 && strstr(path.data, "000000002") == NULL)
            others++;
        str_fini(&path);
        if (!spent)
            break;
    }
    ok(failed > 10, "%d of its reads failed in turn: %s", failed, err.text);
    is_int(others, 0, "  each is 74, none falls back");
    print_folder(dir, left);
    is_str(left, "1 2", "  and nothing is moved");
}

/* A folder that cannot be read to its end is not a shorter one. */
static void test_failing_folder(void) {
    static const char *const files[] = {"+checkpoint-000000001.h5",
                                        "+checkpoint-000000002.h5", NULL};
    char dir[256];
    int failed = 0;
    make_folder(dir, "names", files);
    for (int names = 0; names < 4; names++) { /* . and .. too */
        struct str path = {0};
        struct err err = {0};
        names_left = names;
        failed += ckpt_resume(dir, true, &path, &err) < 0 && err.code == ERR_IO;
        names_left = -1;
        str_fini(&path);
    }
    is_int(failed, 4, "each of its names failed in turn: 74, no older one, no new run");
}

static const struct series none = {0};

static void retain(const char *dir, int64_t keep, const struct series *snapshots,
                   int64_t written) {
    struct ckpt_retention retention = {
        .keep = keep, .snapshots = snapshots, .from = -1};
    ckpt_retain(dir, &retention, written);
}

/* Multiples are kept for ever, and do not count; the one that was gone on from stays
 * until two newer are good. */
static void test_lasting(void) {
    static const char *const whole[] = {
        "+checkpoint-000000000.h5", "+checkpoint-000000001.h5",
        "+checkpoint-000000002.h5", "+checkpoint-000000003.h5", NULL};
    static const char *const damaged[] = {
        "+checkpoint-000000000.h5", "+checkpoint-000000001.h5",
        "-checkpoint-000000002.h5", "+checkpoint-000000003.h5", NULL};
    static const struct {
        const char *const *files;
        int64_t keep, every, from;
        const char *left;
        int64_t after; /* from, then */
    } cases[] = {
        {whole, 1, 2, -1, "0 2 3", -1}, {whole, 1, 3, -1, "0 2 3", -1},
        {whole, 1, 0, 1, "0 3", -1},    {whole, 2, 0, 1, "0 2 3", -1},
        {whole, 1, 0, 2, "0 2 3", 2},   {whole, 9, 0, 1, "0 1 2 3", 1},
        {whole, 1, 1, 1, "0 1 2 3", 1}, {damaged, 1, 0, 1, "0 1 2 3", 1},
        {damaged, 1, 0, -1, "0 3", -1}, {damaged, 2, 0, 0, "0 2 3", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[256], name[32], left[256];
        struct ckpt_retention retention = {cases[i].keep, cases[i].every, &none,
                                           cases[i].from};
        snprintf(name, sizeof name, "lasting-%zu", i);
        make_folder(dir, name, cases[i].files);
        ckpt_retain(dir, &retention, 3);
        print_folder(dir, left);
        is_str(left, cases[i].left, "keep %d, every %d, from %d", (int)cases[i].keep,
               (int)cases[i].every, (int)cases[i].from);
        is_int(retention.from, cases[i].after, "  what it went on from");
    }
}

/* Snapshots are kept for ever, and do not count. */
static void test_snapshots(void) {
    static const char *const files[] = {"+checkpoint-000000000.h5",
                                        "+checkpoint-000000001.h5",
                                        "+checkpoint-000000002.h5",
                                        "+checkpoint-000000003.h5",
                                        "+checkpoint-000000005.h5",
                                        "+checkpoint-000000006.h5",
                                        NULL};
    static const struct {
        const char *snapshots;
        int64_t keep;
        const char *left;
    } cases[] = {
        {"1,3", 1, "0 1 3 6"}, {"1,3", 2, "0 1 3 5 6"},
        {"6", 1, "0 5 6"},     {"0..6", 1, "0 1 2 3 5 6"},
        {"7", 1, "0 6"},       {"7", CONFIG_ALL, "0 1 2 3 5 6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[256], name[32], left[256];
        struct series snapshots;
        series_parse(cases[i].snapshots, 6, &snapshots, NULL);
        snprintf(name, sizeof name, "snapshots-%zu", i);
        make_folder(dir, name, files);
        retain(dir, cases[i].keep, &snapshots, 6);
        print_folder(dir, left);
        is_str(left, cases[i].left, "snapshots %s", cases[i].snapshots);
        series_fini(&snapshots);
    }
}

static void test_retain(void) {
    static const char *const files[] = {
        "+checkpoint-000000000.h5",     "+checkpoint-000000001.h5",
        "+checkpoint-000000002.h5",     "+checkpoint-000000003.h5",
        "+checkpoint-000000003.h5.bad", NULL};
    static const struct {
        int keep;
        int64_t written;
        const char *left; /* step 0 always */
    } cases[] = {
        {9, 3, "0 1 2 3 3.bad"}, {3, 3, "0 1 2 3 3.bad"}, {2, 3, "0 2 3 3.bad"},
        {1, 3, "0 3 3.bad"},     {2, 1, "0 1 2 3 3.bad"}, {1, 1, "0 1 3 3.bad"},
        {1, 0, "0 3 3.bad"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char dir[256], name[32], left[256];
        snprintf(name, sizeof name, "retain-%zu", i);
        make_folder(dir, name, files);
        retain(dir, cases[i].keep, &none, cases[i].written);
        print_folder(dir, left);
        is_str(left, cases[i].left, "what is left");
    }
}

/* An old one that cannot be removed is no reason to end a run: here it is a folder. */
static void test_stuck(void) {
    static const char *const files[] = {"+checkpoint-000000002.h5",
                                        "+checkpoint-000000003.h5", NULL};
    char dir[256], path[512], left[256];
    make_folder(dir, "stuck", files);
    snprintf(path, sizeof path, "%s/checkpoint-000000001.h5", dir);
    mkdir(path, 0777);
    retain(dir, 1, &none, 3);
    print_folder(dir, left);
    is_str(left, "1 3", "the rest is removed");
    retain("/no/such/folder", 1, &none, 3);
}

int main(void) {
    make_good();
    test_list();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(i);
    test_files();
    test_unreadable();
    test_failing_disk();
    test_failing_folder();
    test_snapshots();
    test_retain();
    test_lasting();
    test_stuck();
    for (int step = 0; step < STEPS; step++)
        str_fini(&good[step]);
    return tap_done();
}
