/* SPDX-License-Identifier: Apache-2.0 */
/* The folder's lock: see lock.h. */
#include "src/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/log.h"

/* Whether the open file still has its name: its last holder may have removed it
 * meanwhile. */
static bool has_name(int fd) {
    struct stat info;
    return fs->fstat(fd, &info) == 0 && info.st_nlink > 0;
}

static int refuse(const char *folder, int fd, struct err *err) {
    char holder[128];
    ssize_t n = fs->pread(fd, holder, sizeof holder - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return err_set(
        err, ERR_CONFIG,
        "%s: another run is at work in this folder (%s); wait until it ends, or "
        "take another checkpoint.dir",
        folder, holder[0] ? holder : "it does not say which");
}

/* So that the one who comes too late can say whom he met. */
static void say_who(int fd) {
    char host[65] = "", text[128];
    gethostname(host, sizeof host - 1);
    int n = snprintf(text, sizeof text, "host %s, process %ld\n", host, (long)getpid());
    if (fs->ftruncate(fd, 0) < 0 || fs->pwrite(fd, text, (size_t)n, 0) < 0)
        log_warn("cannot write who holds the lock: %s", strerror(errno));
}

/* A signal may come while a server is asked; its handler only notes it. */
static int lock_file(int fd) {
    int rc;
    do
        rc = fs->lock(fd);
    while (rc < 0 && errno == EINTR);
    return rc;
}

/* 0: taken; 1: the file lost its name, try again; -1. */
static int take_once(const char *folder, struct lock *lock, struct err *err) {
    int fd = fs->open(lock->path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return err_errno(err, "open", lock->path.data);
    int rc = 0;
    if (lock_file(fd) == 0) {
        lock->held = has_name(fd);
        rc = lock->held ? 0 : 1;
    } else if (errno == EAGAIN || errno == EACCES) {
        rc = refuse(folder, fd, err);
    } else {
        log_warn(
            "%s: cannot be locked (%s): see to it that no other run uses this folder",
            folder, strerror(errno));
    }
    if (lock->held) {
        lock->fd = fd;
        say_who(fd);
    } else {
        fs->close(fd);
    }
    return rc;
}

int lock_take(const char *folder, struct lock *lock, struct err *err) {
    int rc;
    str_printf(&lock->path, "%s/" LOCK_NAME, folder);
    do
        rc = take_once(folder, lock, err);
    while (rc > 0);
    return rc;
}

void lock_release(struct lock *lock) {
    if (lock->held) {
        fs->unlink(lock->path.data);
        fs->close(lock->fd);
    }
    str_fini(&lock->path);
    *lock = (struct lock){0};
}
