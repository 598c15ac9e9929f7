/* SPDX-License-Identifier: Apache-2.0 */
/* Leftovers: see leftovers.h.
 *
 * Whether any process has a file open or mapped, the system tells who asks for a lease
 * of it (fcntl(2), F_SETLEASE): also of processes in other containers, which /proc does
 * not show. */
#include "mpi/leftovers.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/str.h"

static bool is_own(const char *path, mode_t kind) {
    struct stat info;
    return fs->lstat(path, &info) == 0 && info.st_uid == geteuid() &&
           (info.st_mode & S_IFMT) == kind;
}

/* Who opens it meanwhile waits for the end of the lease, of which a signal tells that
 * does nothing. */
static bool is_unused(const char *path) {
    int fd = fs->open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool unused =
        fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
    fs->close(fd);
    return unused;
}

/* ---- segments ---- */

/* "vader_segment.HOST.UID.JOB.RANK", and window.c's "mpibert.HOST.PROCESS.NUMBER"; of
 * the host's name what stands before the first point. */
static bool is_segment(const char *name, const char *host) {
    static const char *const kinds[] = {"vader_segment.", "mpibert."};
    size_t length = strcspn(host, ".");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(name, kinds[i], n) == 0 && strncmp(name + n, host, length) == 0 &&
            name[n + length] == '.')
            return true;
    }
    return false;
}

static int remove_segment(const char *dir, const char *name, void *context,
                          struct err *err) {
    struct str path = {0};
    (void)err;
    str_printf(&path, "%s/%s", dir, name);
    if (is_segment(name, context) && is_own(path.data, S_IFREG) && is_unused(path.data))
        fs->unlink(path.data);
    str_fini(&path);
    return 0;
}

/* ---- folders of launchers ---- */

/* "pid.PROCESS", of one that has ended.  (A launcher in another container may seem so,
 * but it and its ranks have files in there.) */
static bool has_ended(const char *name) {
    char *end;
    if (strncmp(name, "pid.", 4) != 0 || !isdigit((unsigned char)name[4]))
        return false;
    long pid = strtol(name + 4, &end, 10);
    return *end == '\0' && pid > 0 && pid <= INT_MAX && kill((pid_t)pid, 0) < 0 &&
           errno == ESRCH;
}

/* -1: a file is in use. */
static int check_file(const char *dir, const char *name, void *context,
                      struct err *err) {
    struct str path = {0};
    int rc = 0;
    str_printf(&path, "%s/%s", dir, name);
    if (is_own(path.data, S_IFDIR))
        rc = file_each_name(path.data, check_file, context, err);
    else if (is_own(path.data, S_IFREG))
        rc = is_unused(path.data) ? 0 : -1;
    str_fini(&path);
    return rc;
}

static int remove_session(const char *dir, const char *name, void *context,
                          struct err *err) {
    struct str path = {0};
    (void)err;
    str_printf(&path, "%s/%s", dir, name);
    if (has_ended(name) && is_own(path.data, S_IFDIR) &&
        file_each_name(path.data, check_file, context, NULL) == 0)
        file_remove_all(path.data, NULL);
    str_fini(&path);
    return 0;
}

void leftovers_remove(const char *memory, const char *sessions, const char *host) {
    file_each_name(memory, remove_segment, (void *)host, NULL);
    if (sessions)
        file_each_name(sessions, remove_session, NULL, NULL);
}
