/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a file is read whole or not at all; what is written atomically is there
 * complete under its name, or the old content is, and no temporary file stays.
 */
#include "src/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/failfs.h"
#include "tests/tap.h"

static char path[256];

static const char *in_folder(const char *name) {
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

static int files_in_folder(void) {
    int count = 0;
    DIR *dir = opendir(tap_folder());
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir)
        closedir(dir);
    return count;
}

static void test_round_trip(void) {
    enum { N = 200000 }; /* several reads */
    static char bytes[N];
    for (int i = 0; i < N; i++)
        bytes[i] = (char)(i * 7 + i / 300);
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, N};
    struct err err = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct str got = {0};
        str_append(&got, "before", 6);
        const char *name = in_folder("a");
        is_int(file_write_atomic(name, bytes, sizes[i], &err), 0, "write %zu",
               sizes[i]);
        is_int(file_read(name, N, &got, &err), 0, "read them");
        ok(got.size == 6 + sizes[i] && memcmp(got.data, "before", 6) == 0 &&
               memcmp(got.data + 6, bytes, sizes[i]) == 0 && got.data[got.size] == '\0',
           "the same %zu bytes, behind what was there", sizes[i]);
        str_fini(&got);
    }
    is_int(files_in_folder(), 1, "and no other file");
    struct str got = {0};
    is_int(file_read(in_folder("a"), N - 1, &got, &err), -1, "one byte over the limit");
    is_int(err.code, ERR_DATA, "is bad data: %s", err.text);
    is_int((int64_t)got.size, 0, "and gives nothing");
    str_fini(&got);
}

static void test_read_failures(void) {
    static const struct {
        const char *name;
        int code;
    } rows[] = {{"not-there", ERR_MISSING}, {"a/b", ERR_MISSING}, {".", ERR_IO}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = {0};
        struct err err = {0};
        str_append(&out, "x", 1);
        is_int(file_read(in_folder(rows[i].name), 100, &out, &err), -1, "read %s",
               rows[i].name);
        is_int(err.code, rows[i].code, "%s", err.text);
        is_str(out.data, "x", "out is as it was");
        str_fini(&out);
    }
}

static void test_write_failures(void) {
    struct err err = {0};
    is_int(file_write_atomic(in_folder("none/a"), "x", 1, &err), -1, "no such folder");
    is_int(err.code, ERR_MISSING, "%s", err.text);
    mkdir(in_folder("folder"), 0777);
    is_int(file_write_atomic(in_folder("folder"), "x", 1, &err), -1,
           "a folder is there");
    is_int(err.code, ERR_IO, "%s", err.text);
    rmdir(in_folder("folder"));
    is_int(files_in_folder(), 1, "no temporary file stays");
}

/* A full disk, played by the limit of file sizes. */
static void test_full_disk(void) {
    static const char big[100000];
    struct err err = {0};
    file_write_atomic(in_folder("a"), "old", 3, &err);
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 50000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    int rc = file_write_atomic(in_folder("a"), big, sizeof big, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    is_int(rc, -1, "a write that does not fit");
    is_int(err.code, ERR_IO, "%s", err.text);
    struct str got = {0};
    file_read(in_folder("a"), 100, &got, &err);
    is_str(got.data, "old", "leaves the old file");
    is_int(files_in_folder(), 1, "and nothing beside it");
    str_fini(&got);
}

static void test_folders(void) {
    struct err err = {0};
    static const char *const good[] = {"d", "d", "d/e/f/g", "h/", "h//i", "./j/../k"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        is_int(file_make_folder(in_folder(good[i]), &err), 0, "make %s", good[i]);
        struct stat info;
        ok(stat(path, &info) == 0 && S_ISDIR(info.st_mode), "it is there");
    }
    static const char *const bad[] = {"a", "a/b", "a/b/c"}; /* a is a file */
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct err){0};
        is_int(file_make_folder(in_folder(bad[i]), &err), -1, "cannot make %s", bad[i]);
        ok(err.code != 0 && err.text[0], "%s", err.text);
    }
    is_int(file_sync_folder(in_folder("a"), &err), 0, "sync a folder");
    is_int(file_sync_folder("a-name-alone", &err), 0, "of a name alone: this folder");
    is_int(file_sync_folder(in_folder("none/a"), &err), -1, "of one that is not there");
    for (int nth = 1; nth <= 2; nth++) {
        failfs_arm(FAILFS_OPEN, nth, 1, EIO);
        is_int(file_sync_folder(in_folder("a"), &err), -1,
               "of a file system that has stopped, before or meanwhile (%d)", nth);
        failfs_disarm();
        is_int(err.code, ERR_IO, "a fault of the disk");
    }
}

static void test_publish(void) {
    struct err err = {0};
    char hex[HASH_HEX_SIZE], name[128];
    snprintf(name, sizeof name, "%s", in_folder("named"));
    file_write_atomic(in_folder("unnamed"), "x", 1, &err);
    is_int(file_sync(in_folder("unnamed"), &err), 0, "a file is synced");
    is_int(file_publish(in_folder("unnamed"), name, &err), 0, "and gets its name");
    is_int(file_hash(name, hex, &err), 0, "by which it is there");
    is_int(file_publish(in_folder("unnamed"), name, &err), -1, "once");
    is_int(err.code, ERR_MISSING, "%s", err.text);
    is_int(file_sync(in_folder("unnamed"), &err), -1,
           "what is not there is not synced");
    is_int(err.code, ERR_MISSING, "%s", err.text);
}

static void test_writable(void) {
    static const struct {
        const char *name;
        int code;
    } rows[] = {{"new", 0}, {"nowhere/new", ERR_MISSING}, {".", ERR_IO}, {"", ERR_IO}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        int rc = file_check_writable(in_folder(rows[i].name), &err);
        ok(rows[i].code ? rc < 0 && (int)err.code == rows[i].code : rc == 0,
           "writable '%s': %s", rows[i].name, err.text);
    }
    ok(file_check_writable("new", NULL) == 0, "the folder we are in");
}

static void test_remove(void) {
    struct err err = {0};
    char outside[256];
    snprintf(outside, sizeof outside, "%s", in_folder("outside"));
    file_make_folder(in_folder("tree/a/b"), &err);
    file_make_folder(outside, &err);
    file_write_atomic(in_folder("outside/stays"), "x", 1, &err);
    file_write_atomic(in_folder("tree/a/b/file"), "x", 1, &err);
    file_write_atomic(in_folder("tree/file"), "x", 1, &err);
    ok(symlink(outside, in_folder("tree/a/link")) == 0, "a link out of a folder");
    is_int(file_remove_all(in_folder("tree/file"), &err), 0, "a file is removed");
    is_int(file_remove_all(in_folder("tree"), &err), 0, "a folder with all: %s",
           err.text);
    ok(access(in_folder("tree"), F_OK) < 0, "  is gone");
    ok(access(in_folder("outside/stays"), F_OK) == 0, "  what it led to is not");
    is_int(file_remove_all(in_folder("tree"), &err), -1, "what is not there is not");
    is_int(err.code, ERR_MISSING, "%s", err.text);
}

int main(void) {
    test_round_trip();
    test_writable();
    test_read_failures();
    test_write_failures();
    test_full_disk();
    test_folders();
    test_publish();
    test_remove();
    return tap_done();
}
