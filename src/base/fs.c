/* SPDX-License-Identifier: Apache-2.0 */
/* The system's file operations: see fs.h. */
#include "src/base/fs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What takes other arguments than its row. */

static int open_with_mode(const char *path, int flags, mode_t mode) {
    return open(path, flags, mode);
}

static int make_temporary(char *template) { return mkostemp(template, O_CLOEXEC); }

/* An open file description's lock works over NFS, and no other closing of the file in
 * this process gives it up. */
static int lock_whole(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole);
}

const struct fs fs_system = {
    .open = open_with_mode,
    .make_temporary = make_temporary,
    .close = close,
    .read = read,
    .write = write,
    .pread = pread,
    .pwrite = pwrite,
    .lseek = lseek,
    .ftruncate = ftruncate,
    .fallocate = fallocate,
    .fsync = fsync,
    .lock = lock_whole,
    .rename = rename,
    .unlink = unlink,
    .mkdir = mkdir,
    .rmdir = rmdir,
    .access = access,
    .stat = stat,
    .lstat = lstat,
    .fstat = fstat,
    .fstatvfs = fstatvfs,
    .opendir = opendir,
    .readdir = readdir,
    .closedir = closedir,
};

const struct fs *fs = &fs_system;
