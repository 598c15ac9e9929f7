/* SPDX-License-Identifier: Apache-2.0 */
/* The system's file operations, as one table: every file of the program is opened,
 * read, written, synced, named and removed through `fs`, and only here are the system's
 * own calls (tests/lint/doors.t).  So a test can make any one of them fail, or put a
 * disk of its own in their place.
 *
 * Each row is the POSIX call of its name, with its results and errno; it may fail with
 * EINTR and may do less than it was asked for.  file.h has what finishes the job,
 * fstream.h stdio.  Any thread may call.
 *
 * Not in it: HDF5, which opens checkpoints by itself to read them, and to write them
 * with checkpoint.writer mpiio (io/ckpt/hdf5.c is its door); memory that only looks
 * like a file; standard input and output; names alone (realpath, glob). */
#ifndef MPIBERT_BASE_FS_H
#define MPIBERT_BASE_FS_H

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

struct fs {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*make_temporary)(char *template); /* mkostemp, O_CLOEXEC */
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *bytes, size_t size);
    ssize_t (*write)(int fd, const void *bytes, size_t size);
    ssize_t (*pread)(int fd, void *bytes, size_t size, off_t at);
    ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t at);
    off_t (*lseek)(int fd, off_t offset, int whence);
    int (*ftruncate)(int fd, off_t size);
    int (*fallocate)(int fd, int mode, off_t at, off_t size);
    int (*fsync)(int fd);
    int (*lock)(int fd); /* the whole file, until it is closed; EAGAIN: another's */
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
    int (*rmdir)(const char *path);
    int (*access)(const char *path, int mode);
    int (*stat)(const char *path, struct stat *info);
    int (*lstat)(const char *path, struct stat *info);
    int (*fstat)(int fd, struct stat *info);
    int (*fstatvfs)(int fd, struct statvfs *info);
    DIR *(*opendir)(const char *path);
    struct dirent *(*readdir)(DIR *folder);
    int (*closedir)(DIR *folder);
};

/* The system's, and the one in use, which only a test replaces. */
extern const struct fs fs_system;
extern const struct fs *fs;

#endif
