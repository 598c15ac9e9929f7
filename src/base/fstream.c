/* SPDX-License-Identifier: Apache-2.0 */
/* Streams over the table of file operations: see fstream.h.  The cookie is the
 * descriptor itself. */
#include "src/base/fstream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#include "src/base/file.h"
#include "src/base/fs.h"

static int fd_of(void *cookie) { return (int)(intptr_t)cookie; }

static ssize_t cookie_read(void *cookie, char *bytes, size_t size) {
    ssize_t n;
    do
        n = fs->read(fd_of(cookie), bytes, size);
    while (n < 0 && errno == EINTR);
    return n;
}

/* 0 is the sign of a failure here. */
static ssize_t cookie_write(void *cookie, const char *bytes, size_t size) {
    return file_write_all(fd_of(cookie), bytes, size) < 0 ? 0 : (ssize_t)size;
}

static int cookie_seek(void *cookie, off64_t *offset, int whence) {
    off_t at = fs->lseek(fd_of(cookie), *offset, whence);
    *offset = at;
    return at < 0 ? -1 : 0;
}

static int cookie_close(void *cookie) { return fs->close(fd_of(cookie)); }

FILE *fstream_of(int fd, int flags) {
    static const cookie_io_functions_t calls = {cookie_read, cookie_write, cookie_seek,
                                                cookie_close};
    int use = flags & O_ACCMODE;
    const char *mode = use == O_RDONLY ? "r" : use == O_RDWR ? "r+" : "w";
    FILE *stream = fopencookie((void *)(intptr_t)fd, mode, calls);
    if (stream == NULL)
        fs->close(fd);
    return stream;
}

FILE *fstream_open(const char *path, int flags, int *fd) {
    int opened = fs->open(path, flags | O_CLOEXEC, 0666);
    if (fd)
        *fd = opened;
    return opened < 0 ? NULL : fstream_of(opened, flags);
}
