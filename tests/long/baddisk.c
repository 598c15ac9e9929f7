/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded by power.t and mpiio.t: a disk that lies, or fails, for the libraries that
 * open files by themselves, too.
 *   NOSYNC=file        says that it synced a file, and did not; folder: a folder
 *   FAIL=1:pwrite:3:5  rank 1's third pwrite to a checkpoint on its way fails, with
 *                      errno 5; errno 0: it does half of it.  Also write, pread,
 *                      read, fsync, ftruncate, open.
 * A call that failed so is told on standard error: "baddisk: pwrite". */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at);
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at);
ssize_t pread(int fd, void *bytes, size_t size, off_t at);
ssize_t pread64(int fd, void *bytes, size_t size, off_t at);
int open64(const char *path, int flags, ...);
int ftruncate64(int fd, off_t size);

static const char mark[] = "/.tmp-checkpoint";

static int is_on_its_way(int fd) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    return strstr(path, mark) != NULL;
}

/* Whether this call is the one, with its errno. */
static int is_hit(const char *op, int counts) {
    static atomic_int calls;
    const char *fail = getenv("FAIL"), *rank = getenv("OMPI_COMM_WORLD_RANK");
    char name[16];
    int whose, nth, error;
    if (!fail || !rank || !counts ||
        sscanf(fail, "%d:%15[^:]:%d:%d", &whose, name, &nth, &error) != 4)
        return 0;
    if (whose != atoi(rank) || strcmp(name, op) != 0 ||
        atomic_fetch_add(&calls, 1) + 1 != nth)
        return 0;
    dprintf(STDERR_FILENO, "baddisk: %s\n", op);
    errno = error;
    return 1;
}

/* How much of a transfer is to be done, or -1. */
static ssize_t allowed(const char *op, int fd, size_t size) {
    if (!is_hit(op, is_on_its_way(fd)))
        return (ssize_t)size;
    return errno ? -1 : (ssize_t)(size + 1) / 2;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    ssize_t n = allowed("pwrite", fd, size);
    return n < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, (size_t)n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
    return pwrite(fd, bytes, size, at);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    ssize_t n = allowed("write", fd, size);
    return n < 0 ? -1 : syscall(SYS_write, fd, bytes, (size_t)n);
}

ssize_t pread(int fd, void *bytes, size_t size, off_t at) {
    ssize_t n = allowed("pread", fd, size);
    return n < 0 ? -1 : syscall(SYS_pread64, fd, bytes, (size_t)n, at);
}

ssize_t pread64(int fd, void *bytes, size_t size, off_t at) {
    return pread(fd, bytes, size, at);
}

ssize_t read(int fd, void *bytes, size_t size) {
    ssize_t n = allowed("read", fd, size);
    return n < 0 ? -1 : syscall(SYS_read, fd, bytes, (size_t)n);
}

int ftruncate(int fd, off_t size) {
    return is_hit("ftruncate", is_on_its_way(fd))
               ? -1
               : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int fsync(int fd) {
    const char *what = getenv("NOSYNC");
    struct stat info;
    if (what && fstat(fd, &info) == 0 &&
        strcmp(what, S_ISDIR(info.st_mode) ? "folder" : "file") == 0)
        return 0;
    return is_hit("fsync", is_on_its_way(fd)) ? -1 : (int)syscall(SYS_fsync, fd);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (is_hit("open", strstr(path, mark) != NULL))
        return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open(path, flags, mode);
}
