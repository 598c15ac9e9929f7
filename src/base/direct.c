/* SPDX-License-Identifier: Apache-2.0 */
/* Past the system's cache: see direct.h. */
#include "src/base/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"

int direct_open(struct direct *file, const char *path, int flags) {
    *file = (struct direct){.cached = fs->open(path, flags | O_CLOEXEC, 0)};
    if (file->cached < 0)
        return -1;
    file->past = fs->open(path, flags | O_CLOEXEC | O_DIRECT, 0);
    if (file->past < 0 && errno != EINVAL) {
        int why = errno;
        fs->close(file->cached);
        errno = why;
        return -1;
    }
    file->room = mem_alloc(DIRECT_PIECE + DIRECT_PAGE, 1);
    file->page = file->room + (-(uintptr_t)file->room) % DIRECT_PAGE;
    return 0;
}

static int close_past(struct direct *file) {
    int rc = file->past < 0 ? 0 : fs->close(file->past);
    file->past = -1;
    return rc;
}

int direct_close(struct direct *file) {
    int past = close_past(file), why = errno;
    mem_free(file->room);
    if (fs->close(file->cached) < 0)
        return -1;
    errno = why;
    return past;
}

/* Moves a piece between the room and the file. */
typedef int move_fn(int fd, void *bytes, size_t size, int64_t place);

static int put(int fd, void *bytes, size_t size, int64_t place) {
    return file_pwrite_all(fd, bytes, size, place);
}

/* A file system that wants larger pages, or does less than it is asked for, says
 * EINVAL: the piece goes through the cache, as all that follow. */
static int move(struct direct *file, move_fn *how, size_t size, int64_t place) {
    CHECK(size <= DIRECT_PIECE && place % DIRECT_PAGE == 0);
    size_t past = file->past < 0 ? 0 : size / DIRECT_PAGE * DIRECT_PAGE;
    if (past > 0 && how(file->past, file->page, past, place) < 0) {
        if (errno != EINVAL)
            return -1;
        close_past(file);
        past = 0;
    }
    return how(file->cached, file->page + past, size - past, place + (int64_t)past);
}

int direct_write(struct direct *file, const void *bytes, size_t size, int64_t place) {
    for (const char *at = bytes; size > 0;) {
        size_t n = size < DIRECT_PIECE ? size : DIRECT_PIECE;
        memcpy(file->page, at, n);
        if (move(file, put, n, place) < 0)
            return -1;
        at += n;
        size -= n;
        place += (int64_t)n;
    }
    return 0;
}

const void *direct_read(struct direct *file, size_t size, int64_t place) {
    return move(file, file_pread_all, size, place) < 0 ? NULL : file->page;
}

int direct_sync(const struct direct *file) { return fs->fsync(file->cached); }
