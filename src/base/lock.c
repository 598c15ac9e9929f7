/* SPDX-License-Identifier: Apache-2.0 */
/* The folder's lock: see lock.h. */
#include "src/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/fs.h"
#include "src/base/log.h"

enum { HOST_SIZE = 65, HOLDER_SIZE = 192 };

/* Whether the open file still has its name: its last holder may have removed it
 * meanwhile. */
static bool has_name(int fd) {
    struct stat info;
    return fs->fstat(fd, &info) == 0 && info.st_nlink > 0;
}

/* ---- who holds it ---- */

static const char *job_id(void) {
    static const char *const variables[] = {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID",
                                            "FLUX_JOB_ID", "JOB_ID"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *job = getenv(variables[i]);
        if (job && *job)
            return job;
    }
    return "none";
}

static void name_host(char host[HOST_SIZE]) {
    memset(host, 0, HOST_SIZE);
    gethostname(host, HOST_SIZE - 1);
}

/* So that the one who comes too late can say whom he met. */
static void say_who(int fd) {
    char host[HOST_SIZE], text[HOLDER_SIZE];
    name_host(host);
    int n = snprintf(text, sizeof text, "host %s, job %.64s, process %ld\n", host,
                     job_id(), (long)getpid());
    if (fs->ftruncate(fd, 0) < 0 || fs->pwrite(fd, text, (size_t)n, 0) < 0)
        log_warn("cannot write who holds the lock: %s", strerror(errno));
}

/* What the file says of its holder: "" if nothing. */
static void read_who(int fd, char holder[HOLDER_SIZE]) {
    ssize_t n = fs->pread(fd, holder, HOLDER_SIZE - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
}

static int refuse(const char *folder, int fd, const char *cure, struct err *err) {
    char holder[HOLDER_SIZE];
    read_who(fd, holder);
    return err_set(err, ERR_CONFIG,
                   "%s: another run is at work in this folder (%s); %s", folder,
                   holder[0] ? holder : "it does not say which", cure);
}

/* ---- where the file system knows no locks ---- */

/* Whether the file names somebody who is not known to be no more. */
static bool may_be_held(int fd) {
    char holder[HOLDER_SIZE], host[HOST_SIZE], here[HOST_SIZE];
    long process;
    read_who(fd, holder);
    if (sscanf(holder, "host %64[^,], job %*[^,], process %ld", host, &process) != 2)
        return holder[0] != '\0';
    name_host(here);
    return strcmp(host, here) != 0 ||
           (process != getpid() && (kill((pid_t)process, 0) == 0 || errno != ESRCH));
}

/* By what the file says alone: of two that begin at the same moment both have it. */
static int take_by_word(const char *folder, int fd, struct lock *lock,
                        struct err *err) {
    int cause = errno;
    if (may_be_held(fd))
        return refuse(folder, fd,
                      "this file system has no locks, so that nobody can tell whether "
                      "it is still there: if not, remove " LOCK_NAME " in the folder",
                      err);
    log_warn("%s: cannot be locked (%s), only marked: a second run that begins at the "
             "same moment is not kept out",
             folder, strerror(cause));
    lock->held = true;
    return 0;
}

/* ---- taking it ---- */

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
        rc = refuse(folder, fd, "wait until it ends, or take another checkpoint.dir",
                    err);
    } else {
        rc = take_by_word(folder, fd, lock, err);
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
