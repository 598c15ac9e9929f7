/* SPDX-License-Identifier: Apache-2.0 */
/* From memory to disk, holes kept as room: see sparse.h. */
#include "io/ckpt/sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/fs.h"

/* Copies bytes [at, end) to the same place of another file. */
static int copy_range(int from, int to, off_t at, off_t end) {
    char buffer[1 << 16];
    for (off_t n; at < end; at += n) {
        n = end - at < (off_t)sizeof buffer ? end - at : (off_t)sizeof buffer;
        if (file_pread_all(from, buffer, (size_t)n, at) < 0 ||
            file_pwrite_all(to, buffer, (size_t)n, at) < 0)
            return -1;
    }
    return 0;
}

/* Gives the file all of its space: a full disk is found before anybody writes numbers.
 * Not every file system can promise; one that can would first fill the disk with what
 * does not fit, to everybody's harm, so it is asked for what is free. */
static int reserve_space(int fd, off_t size) {
    struct statvfs disk;
    if (fs->fstatvfs(fd, &disk) == 0 && disk.f_blocks > 0 &&
        (uint64_t)size / disk.f_frsize > disk.f_bavail) {
        errno = ENOSPC;
        return -1;
    }
    if (fs->ftruncate(fd, size) < 0)
        return -1;
    if (fs->fallocate(fd, 0, 0, size) < 0 && errno != EOPNOTSUPP && errno != ENOSYS)
        return -1;
    return 0;
}

/* Copies what is not a hole. */
static int copy_data(int from, int to) {
    off_t size = fs->lseek(from, 0, SEEK_END), data = 0;
    if (size < 0 || reserve_space(to, size) < 0)
        return -1;
    while (data < size && (data = fs->lseek(from, data, SEEK_DATA)) >= 0) {
        off_t hole = fs->lseek(from, data, SEEK_HOLE);
        if (hole < 0 || copy_range(from, to, data, hole) < 0)
            return -1;
        data = hole;
    }
    return data < 0 && errno != ENXIO ? -1 : 0; /* ENXIO: only a hole is left */
}

int sparse_save(int memory, const char *path, struct err *err) {
    int fd = fs->open(path, O_WRONLY | O_CLOEXEC, 0);
    int rc = 0;
    if (fd < 0 || copy_data(memory, fd) < 0)
        rc = err_errno(err, "make room in it", path);
    if (fd >= 0 && fs->close(fd) < 0 && rc == 0)
        rc = err_errno(err, "close", path);
    return rc;
}
