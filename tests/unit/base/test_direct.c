/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever a file system can do, what is written is there, byte for byte, and
 * nothing else has changed; what was asked of the cache is only what is no whole page.
 * A file system that knows no way past its cache, one that refuses such a write, and
 * one that does half of it, end with the same file.  Each failure is told. */
#include "src/base/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "tests/failfs.h"
#include "tests/tap.h"

enum { PAGE = DIRECT_PAGE, PIECE = DIRECT_PIECE, PLACE = 3 * PAGE, MOST = 3 * PIECE };
enum { FILE_SIZE = PLACE + MOST + 2 * PAGE };

static char path[256];
static char bytes[MOST + 1], was[FILE_SIZE], is[FILE_SIZE];

/* ---- file systems ---- */

/* What the file is told of ways past the cache. */
enum way { HAS, HAS_NONE, REFUSES, DOES_HALF };

static enum way way;
static int past_fd;
static size_t went_past;

static int open_by_way(const char *name, int flags, mode_t mode) {
    errno = EINVAL;
    if ((flags & O_DIRECT) && way == HAS_NONE)
        return -1;
    int fd = fs_system.open(name, flags, mode);
    if (flags & O_DIRECT)
        past_fd = fd;
    return fd;
}

static ssize_t pwrite_by_way(int fd, const void *from, size_t size, off_t at) {
    errno = EINVAL;
    if (fd == past_fd && way == REFUSES)
        return -1;
    if (fd == past_fd && way == DOES_HALF)
        size = (size + 1) / 2;
    ssize_t n = fs_system.pwrite(fd, from, size, at);
    went_past += fd == past_fd && n > 0 ? (size_t)n : 0;
    return n;
}

/* ---- rows ---- */

static void make_file(void) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
    for (int i = 0; i < FILE_SIZE; i++)
        was[i] = (char)(i * 13 + i / 700);
    ok(fd >= 0 && write(fd, was, FILE_SIZE) == FILE_SIZE && close(fd) == 0, "a file");
}

static bool has(size_t size) {
    int fd = open(path, O_RDONLY);
    memcpy(was + PLACE, bytes + 1, size);
    bool same = read(fd, is, FILE_SIZE) == FILE_SIZE && memcmp(is, was, FILE_SIZE) == 0;
    close(fd);
    return same;
}

/* Whether the file system under the test knows the way. */
static bool is_known(void) {
    int fd = open(path, O_RDONLY | O_DIRECT);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void write_one(size_t size, const char *what) {
    struct direct file;
    went_past = 0;
    past_fd = -1;
    is_int(direct_open(&file, path, O_WRONLY), 0, "%s: opens", what);
    is_int(direct_write(&file, bytes + 1, size, PLACE), 0, "writes %zu bytes", size);
    is_int(direct_sync(&file), 0, "syncs");
    is_int(direct_close(&file), 0, "closes");
    ok(has(size), "they are there, and nothing else changed");
}

static void read_one(size_t size) {
    struct direct file;
    is_int(direct_open(&file, path, O_RDONLY), 0, "opens to read");
    const void *got = direct_read(&file, size, PLACE);
    ok(got && memcmp(got, was + PLACE, size) == 0, "reads %zu bytes", size);
    is_int(direct_close(&file), 0, "closes");
}

static const size_t sizes[] = {0,         1,     PAGE - 1,  PAGE,          PAGE + 1,
                               PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 5, MOST};

static void test_ways(void) {
    static const char *const names[] = {"a way", "none", "one that refuses", "half"};
    struct fs table = fs_system;
    table.open = open_by_way;
    table.pwrite = pwrite_by_way;
    fs = &table;
    for (way = HAS; way <= DOES_HALF; way++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            make_file();
            write_one(sizes[i], names[way]);
            if (way == HAS && is_known())
                is_int((int64_t)went_past, (int64_t)(sizes[i] / PAGE * PAGE),
                       "whole pages went past the cache");
            if (sizes[i] <= PIECE)
                read_one(sizes[i]);
        }
    fs = &fs_system;
}

/* ---- failures ---- */

/* Writes and reads back with one call failing; the number of calls that succeeded. */
static int try(int error) {
    struct direct file;
    errno = 0;
    if (direct_open(&file, path, O_RDWR) < 0)
        return 0;
    bool wrote = direct_write(&file, bytes, PIECE + 1, PLACE) == 0;
    if (!wrote)
        is_int(errno, error, "says why");
    bool read = direct_read(&file, PAGE + 1, PLACE) != NULL;
    bool synced = direct_sync(&file) == 0;
    return 1 + wrote + read + synced + (direct_close(&file) == 0);
}

static void test_failures(void) {
    static const struct {
        enum failfs_op op;
        int calls;
    } rows[] = {{FAILFS_OPEN, 2},
                {FAILFS_PWRITE, 2},
                {FAILFS_PREAD, 2},
                {FAILFS_FSYNC, 1},
                {FAILFS_CLOSE, 2}};
    make_file();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int nth = 1; nth <= rows[i].calls; nth++) {
            failfs_arm(rows[i].op, nth, 1, EIO);
            int done = try(EIO);
            failfs_disarm();
            ok(rows[i].op == FAILFS_OPEN ? done == 0 : done == 4,
               "%s, call %d, fails: told", failfs_names[rows[i].op], nth);
        }
    struct direct file;
    is_int(direct_open(&file, "/nowhere/at all", O_RDONLY), -1,
           "a file that is not there");
    is_int(errno, ENOENT, "is none");
    is_int(direct_open(&file, path, O_RDONLY), 0, "opens");
    ok(direct_read(&file, 2 * PAGE + 1, FILE_SIZE / PAGE * PAGE - PAGE) == NULL,
       "more than there is");
    is_int(errno, EIO, "is a fault");
    is_int(direct_close(&file), 0, "closes");
}

int main(void) {
    snprintf(path, sizeof path, "%s/file", tap_folder());
    for (int i = 0; i <= MOST; i++)
        bytes[i] = (char)(i * 7 + i / 300);
    test_ways();
    test_failures();
    return tap_done();
}
