/* SPDX-License-Identifier: Apache-2.0 */
/* From memory to disk, holes kept as room: see sparse.h. */
#include "io/ckpt/sparse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <string.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/fs.h"

enum { PIECE = 1 << 16 };

/* Gives the file all of its space: a full disk is found before anybody writes numbers.
 * Not every file system can promise; one that can would first fill the disk with what
 * does not fit, to everybody's harm, so it is asked for what is free. */
static int reserve_space(int fd, off_t size) {
    struct statvfs disk;
    if (size < 0)
        return -1;
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

int sparse_reserve(int memory, const char *path, struct err *err) {
    int fd = fs->open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    int rc = 0;
    if (fd < 0)
        rc = err_errno(err, "create", path);
    else if (reserve_space(fd, fs->lseek(memory, 0, SEEK_END)) < 0)
        rc = err_errno(err, "make room in it", path);
    if (fd >= 0 && fs->close(fd) < 0 && rc == 0)
        rc = err_errno(err, "close", path);
    if (rc < 0 && fd >= 0)
        fs->unlink(path);
    if (rc < 0 && err)
        err->code = ERR_IO; /* no folder to write to is no missing input */
    return rc;
}

/* ---- what is not a hole ---- */

/* Does something with a piece of the bytes, for the same place of a file: 0 or -1 with
 * errno. */
typedef int piece_fn(int fd, const char *bytes, size_t size, off_t at);

static int write_piece(int fd, const char *bytes, size_t size, off_t at) {
    return file_pwrite_all(fd, bytes, size, at);
}

static int compare_piece(int fd, const char *bytes, size_t size, off_t at) {
    char there[PIECE];
    if (file_pread_all(fd, there, size, at) < 0)
        return -1;
    errno = EIO;
    return memcmp(there, bytes, size) == 0 ? 0 : -1;
}

static int each_piece_of(int memory, off_t at, off_t end, int fd, piece_fn *piece) {
    char buffer[PIECE];
    for (off_t n; at < end; at += n) {
        n = end - at < PIECE ? end - at : PIECE;
        if (file_pread_all(memory, buffer, (size_t)n, at) < 0 ||
            piece(fd, buffer, (size_t)n, at) < 0)
            return -1;
    }
    return 0;
}

static int each_piece(int memory, int fd, piece_fn *piece) {
    off_t size = fs->lseek(memory, 0, SEEK_END), data = 0;
    if (size < 0)
        return -1;
    while (data < size && (data = fs->lseek(memory, data, SEEK_DATA)) >= 0) {
        off_t hole = fs->lseek(memory, data, SEEK_HOLE);
        if (hole < 0 || each_piece_of(memory, data, hole, fd, piece) < 0)
            return -1;
        data = hole;
    }
    return data < 0 && errno != ENXIO ? -1 : 0; /* ENXIO: only a hole is left */
}

static int with_file(int memory, const char *path, int flags, piece_fn *piece,
                     const char *verb, struct err *err) {
    int fd = fs->open(path, flags | O_CLOEXEC, 0);
    int rc = 0;
    if (fd < 0 || each_piece(memory, fd, piece) < 0)
        rc = err_errno(err, verb, path);
    if (fd >= 0 && fs->close(fd) < 0 && rc == 0)
        rc = err_errno(err, "close", path);
    return rc;
}

int sparse_save(int memory, const char *path, struct err *err) {
    return with_file(memory, path, O_WRONLY, write_piece, "write", err);
}

int sparse_verify(int memory, const char *path, struct err *err) {
    return with_file(memory, path, O_RDONLY, compare_piece,
                     "read back what was written", err);
}
