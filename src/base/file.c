/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: see file.h. */
#include "src/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/mem.h"

/* A pipe that nobody writes to is empty; to open it plainly would wait for ever. */
static int open_to_read(const char *path) {
    int fd = fs->open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

int file_read(const char *path, size_t limit_bytes, struct str *out, struct err *err) {
    int fd = open_to_read(path);
    if (fd < 0)
        return err_errno(err, "open", path);
    size_t before = out->size;
    int rc = 0;
    for (;;) {
        str_reserve(out, 1 << 16);
        ssize_t n = fs->read(fd, out->data + out->size, 1 << 16);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = err_errno(err, "read", path);
        if (n <= 0)
            break;
        out->size += (size_t)n;
        if (out->size - before > limit_bytes) {
            rc = err_set(err, ERR_DATA, "%s: larger than %zu bytes", path, limit_bytes);
            break;
        }
    }
    fs->close(fd);
    if (rc < 0)
        out->size = before;
    if (out->data)
        out->data[out->size] = '\0';
    return rc;
}

static int hash_open_file(int fd, const char *path, struct hasher *hasher,
                          struct err *err) {
    enum { PIECE = 1 << 18 };
    char *piece = mem_alloc(PIECE, 1);
    ssize_t n = 1;
    while (n > 0 || (n < 0 && errno == EINTR)) {
        n = fs->read(fd, piece, PIECE);
        if (n > 0)
            hasher_update(hasher, piece, (size_t)n);
    }
    mem_free(piece);
    return n < 0 ? err_errno(err, "read", path) : 0;
}

int file_hash(const char *path, char hex[HASH_HEX_SIZE], struct err *err) {
    int fd = open_to_read(path);
    if (fd < 0)
        return err_errno(err, "open", path);
    struct hasher *hasher = hasher_create();
    int rc = hash_open_file(fd, path, hasher, err);
    if (rc == 0)
        hash_hex(hasher_digest(hasher), hex);
    hasher_destroy(hasher);
    fs->close(fd);
    return rc;
}

/* Whether a call is to be made once more, after it did n bytes.  Nothing at all done of
 * something is a disk that takes no more. */
static bool goes_on(ssize_t n) {
    if (n == 0)
        errno = ENOSPC;
    return n > 0 || (n < 0 && errno == EINTR);
}

int file_write_all(int fd, const void *bytes, size_t size) {
    for (const char *at = bytes; size > 0;) {
        ssize_t n = fs->write(fd, at, size);
        if (!goes_on(n))
            return -1;
        at += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int file_pwrite_all(int fd, const void *bytes, size_t size, int64_t place) {
    for (const char *at = bytes; size > 0;) {
        ssize_t n = fs->pwrite(fd, at, size, place);
        if (!goes_on(n))
            return -1;
        at += n > 0 ? n : 0;
        place += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int file_pread_all(int fd, void *bytes, size_t size, int64_t place) {
    for (char *at = bytes; size > 0;) {
        ssize_t n = fs->pread(fd, at, size, place);
        if (n == 0)
            errno = EIO; /* the file is shorter */
        if (n == 0 || (n < 0 && errno != EINTR))
            return -1;
        at += n > 0 ? n : 0;
        place += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int file_write_pieces(const char *path, const struct slice *pieces, int count,
                      struct err *err) {
    struct str temporary = {0};
    str_printf(&temporary, "%s.tmp-%ld", path, (long)getpid());
    int rc = 0;
    int fd = fs->open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        rc = err_errno(err, "create", path);
    for (int i = 0; rc == 0 && i < count; i++)
        if (file_write_all(fd, pieces[i].data, pieces[i].size) < 0)
            rc = err_errno(err, "write", path);
    if (rc == 0 && fs->fsync(fd) < 0)
        rc = err_errno(err, "sync", path);
    if (fd >= 0 && fs->close(fd) < 0 && rc == 0)
        rc = err_errno(err, "close", path);
    if (rc == 0 && fs->rename(temporary.data, path) < 0)
        rc = err_errno(err, "rename", path);
    if (rc < 0 && fd >= 0)
        fs->unlink(temporary.data);
    str_fini(&temporary);
    return rc < 0 ? rc : file_sync_folder(path, err);
}

int file_write_atomic(const char *path, const void *bytes, size_t size,
                      struct err *err) {
    struct slice whole = {bytes, size};
    return file_write_pieces(path, &whole, 1, err);
}

const char *file_base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The folder of a path, to be finished by the caller. */
static struct str folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    struct str folder = {0};
    if (slash == NULL)
        str_append(&folder, ".", 1);
    else
        str_append(&folder, path, slash == path ? 1 : (size_t)(slash - path));
    return folder;
}

int file_check_writable(const char *path, struct err *err) {
    struct str folder = folder_of(path);
    struct stat there;
    int rc = 0;
    if (fs->stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        rc = err_set(err, ERR_IO, "%s: is a folder; name a file to write", path);
    else if (fs->access(folder.data, W_OK | X_OK) < 0)
        rc = err_errno(err, "write into folder", folder.data);
    str_fini(&folder);
    return rc;
}

static int open_folder(const char *path) {
    return fs->open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/* An XFS that stopped at an error of its disk lets a folder be synced whose changes it
 * has dropped; that it stopped it says to who opens one. */
int file_sync_folder(const char *path, struct err *err) {
    struct str folder = folder_of(path);
    int fd = open_folder(folder.data), again = -1, rc = 0;
    if (fd < 0 || (fs->fsync(fd) < 0 && errno != EINVAL) ||
        (again = open_folder(folder.data)) < 0)
        rc = err_errno(err, "sync", folder.data);
    if (fd >= 0)
        fs->close(fd);
    if (again >= 0)
        fs->close(again);
    str_fini(&folder);
    return rc;
}

int file_sync(const char *path, struct err *err) {
    int fd = fs->open(path, O_RDWR | O_CLOEXEC, 0);
    int rc = 0;
    if (fd < 0 || fs->fsync(fd) < 0)
        rc = err_errno(err, "sync", path);
    if (fd >= 0 && fs->close(fd) < 0 && rc == 0)
        rc = err_errno(err, "close", path);
    return rc;
}

int file_publish(const char *temporary, const char *path, struct err *err) {
    if (fs->rename(temporary, path) < 0)
        return err_errno(err, "rename", temporary);
    return file_sync_folder(path, err);
}

int file_each_name(const char *dir, file_name_fn *visit, void *context,
                   struct err *err) {
    DIR *folder = fs->opendir(dir);
    int rc = 0;
    if (folder == NULL)
        return err_errno(err, "open", dir);
    while (rc == 0) {
        errno = 0;
        struct dirent *entry = fs->readdir(folder);
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = visit(dir, entry->d_name, context, err);
    }
    if (rc == 0 && errno != 0)
        rc = err_errno(err, "read", dir);
    fs->closedir(folder);
    return rc;
}

int file_make_folder(const char *path, struct err *err) {
    if (*path == '\0')
        return err_set(err, ERR_MISSING, "the name of a folder is empty");
    char *copy = mem_string(path);
    int rc = 0;
    for (char *p = copy + 1; rc == 0 && *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (fs->mkdir(copy, 0777) < 0 && errno != EEXIST)
            rc = err_errno(err, "make folder", copy);
        *p = '/';
    }
    if (rc == 0 && fs->mkdir(path, 0777) < 0 && errno != EEXIST)
        rc = err_errno(err, "make folder", path);
    struct stat info;
    if (rc == 0 && (fs->stat(path, &info) < 0 || !S_ISDIR(info.st_mode)))
        rc = err_set(err, ERR_IO, "%s: is not a folder", path);
    mem_free(copy);
    return rc;
}

int file_write_by(const char *path,
                  int (*make)(const char *temporary, const void *what, struct err *err),
                  const void *what, struct err *err) {
    struct str temporary = {0};
    str_printf(&temporary, "%s.tmp-%ld", path, (long)getpid());
    fs->unlink(temporary.data); /* of a process that was killed and had our number */
    int rc = make(temporary.data, what, err);
    if (rc == 0)
        rc = file_sync(temporary.data, err);
    if (rc == 0)
        rc = file_publish(temporary.data, path, err);
    if (rc < 0)
        fs->unlink(temporary.data);
    str_fini(&temporary);
    return rc;
}

static int remove_name(const char *dir, const char *name, void *context,
                       struct err *err) {
    struct str path = {0};
    (void)context;
    str_printf(&path, "%s/%s", dir, name);
    int rc = file_remove_all(path.data, err);
    str_fini(&path);
    return rc;
}

int file_remove_all(const char *path, struct err *err) {
    struct stat info;
    bool folder = fs->lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
    if (folder && file_each_name(path, remove_name, NULL, err) < 0)
        return -1;
    if ((folder ? fs->rmdir : fs->unlink)(path) < 0)
        return err_errno(err, "remove", path);
    return 0;
}
