/* SPDX-License-Identifier: Apache-2.0 */
/* Files that fail: see failfs.h. */
#include "tests/failfs.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/fs.h"

const char *const failfs_names[FAILFS_OPS] = {
    "open",   "make_temporary", "close",     "read",      "write",  "pread",
    "pwrite", "lseek",          "ftruncate", "fallocate", "fsync",  "lock",
    "rename", "unlink",         "mkdir",     "rmdir",     "access", "stat",
    "lstat",  "fstat",          "fstatvfs",  "opendir",   "readdir"};

static enum failfs_op armed = FAILFS_OPS;
static int first, last, fault;
static atomic_int calls;

/* Counts a call; whether it is one that is to fail. */
static bool is_hit(enum failfs_op op) {
    if (op != armed)
        return false;
    int call = atomic_fetch_add(&calls, 1) + 1;
    return call >= first && call <= last;
}

/* Whether it fails, with errno. */
static bool fails(enum failfs_op op) {
    if (!is_hit(op))
        return false;
    errno = fault;
    return true;
}

/* How much of a transfer is done, or -1 with errno. */
static ssize_t allowed(enum failfs_op op, size_t size) {
    if (!is_hit(op))
        return (ssize_t)size;
    errno = fault;
    return fault == FAILFS_SHORT ? (ssize_t)(size + 1) / 2 : -1;
}

static int fail_open(const char *path, int flags, mode_t mode) {
    return fails(FAILFS_OPEN) ? -1 : fs_system.open(path, flags, mode);
}

static int fail_temporary(char *template) {
    return fails(FAILFS_TEMPORARY) ? -1 : fs_system.make_temporary(template);
}

static int fail_close(int fd) {
    int rc = fs_system.close(fd);
    return fails(FAILFS_CLOSE) ? -1 : rc;
}

static ssize_t fail_read(int fd, void *bytes, size_t size) {
    ssize_t n = allowed(FAILFS_READ, size);
    return n < 0 ? -1 : fs_system.read(fd, bytes, (size_t)n);
}

static ssize_t fail_write(int fd, const void *bytes, size_t size) {
    ssize_t n = allowed(FAILFS_WRITE, size);
    return n < 0 ? -1 : fs_system.write(fd, bytes, (size_t)n);
}

static ssize_t fail_pread(int fd, void *bytes, size_t size, off_t at) {
    ssize_t n = allowed(FAILFS_PREAD, size);
    return n < 0 ? -1 : fs_system.pread(fd, bytes, (size_t)n, at);
}

/* With another first byte; at a page of memory, as the cache's other way wants it. */
static ssize_t write_lie(int fd, const void *bytes, size_t size, off_t at) {
    enum { PAGE = 4096 };
    char *other = aligned_alloc(PAGE, (size + PAGE - 1) / PAGE * PAGE);
    memcpy(other, bytes, size);
    other[0] ^= 1;
    ssize_t n = fs_system.pwrite(fd, other, size, at);
    free(other);
    return n;
}

static ssize_t fail_pwrite(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t n = allowed(FAILFS_PWRITE, size);
    if (n < 0 && fault == FAILFS_LIE)
        return write_lie(fd, bytes, size, at);
    return n < 0 ? -1 : fs_system.pwrite(fd, bytes, (size_t)n, at);
}

static off_t fail_lseek(int fd, off_t offset, int whence) {
    return fails(FAILFS_LSEEK) ? -1 : fs_system.lseek(fd, offset, whence);
}

static int fail_ftruncate(int fd, off_t size) {
    return fails(FAILFS_FTRUNCATE) ? -1 : fs_system.ftruncate(fd, size);
}

static int fail_fallocate(int fd, int mode, off_t at, off_t size) {
    return fails(FAILFS_FALLOCATE) ? -1 : fs_system.fallocate(fd, mode, at, size);
}

static int fail_fsync(int fd) { return fails(FAILFS_FSYNC) ? -1 : fs_system.fsync(fd); }

static int fail_lock(int fd) { return fails(FAILFS_LOCK) ? -1 : fs_system.lock(fd); }

static int fail_rename(const char *from, const char *to) {
    return fails(FAILFS_RENAME) ? -1 : fs_system.rename(from, to);
}

static int fail_unlink(const char *path) {
    return fails(FAILFS_UNLINK) ? -1 : fs_system.unlink(path);
}

static int fail_mkdir(const char *path, mode_t mode) {
    return fails(FAILFS_MKDIR) ? -1 : fs_system.mkdir(path, mode);
}

static int fail_rmdir(const char *path) {
    return fails(FAILFS_RMDIR) ? -1 : fs_system.rmdir(path);
}

static int fail_access(const char *path, int mode) {
    return fails(FAILFS_ACCESS) ? -1 : fs_system.access(path, mode);
}

static int fail_stat(const char *path, struct stat *info) {
    return fails(FAILFS_STAT) ? -1 : fs_system.stat(path, info);
}

static int fail_lstat(const char *path, struct stat *info) {
    return fails(FAILFS_LSTAT) ? -1 : fs_system.lstat(path, info);
}

static int fail_fstat(int fd, struct stat *info) {
    return fails(FAILFS_FSTAT) ? -1 : fs_system.fstat(fd, info);
}

static int fail_fstatvfs(int fd, struct statvfs *info) {
    return fails(FAILFS_FSTATVFS) ? -1 : fs_system.fstatvfs(fd, info);
}

static DIR *fail_opendir(const char *path) {
    return fails(FAILFS_OPENDIR) ? NULL : fs_system.opendir(path);
}

static struct dirent *fail_readdir(DIR *folder) {
    return fails(FAILFS_READDIR) ? NULL : fs_system.readdir(folder);
}

void failfs_arm(enum failfs_op op, int nth, int times, int error) {
    static struct fs table;
    table = (struct fs){.open = fail_open,
                        .make_temporary = fail_temporary,
                        .close = fail_close,
                        .read = fail_read,
                        .write = fail_write,
                        .pread = fail_pread,
                        .pwrite = fail_pwrite,
                        .lseek = fail_lseek,
                        .ftruncate = fail_ftruncate,
                        .fallocate = fail_fallocate,
                        .fsync = fail_fsync,
                        .lock = fail_lock,
                        .rename = fail_rename,
                        .unlink = fail_unlink,
                        .mkdir = fail_mkdir,
                        .rmdir = fail_rmdir,
                        .access = fail_access,
                        .stat = fail_stat,
                        .lstat = fail_lstat,
                        .fstat = fail_fstat,
                        .fstatvfs = fail_fstatvfs,
                        .opendir = fail_opendir,
                        .readdir = fail_readdir,
                        .closedir = fs_system.closedir};
    armed = op;
    first = nth;
    last = nth + times - 1;
    fault = error;
    atomic_store(&calls, 0);
    fs = &table;
}

int failfs_disarm(void) {
    fs = &fs_system;
    armed = FAILFS_OPS;
    return atomic_load(&calls);
}

bool failfs_can_be_short(enum failfs_op op) {
    return op >= FAILFS_READ && op <= FAILFS_PWRITE;
}
