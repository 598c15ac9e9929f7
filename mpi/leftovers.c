/* SPDX-License-Identifier: Apache-2.0 */
/* Leftovers: see leftovers.h.
 *
 * Whether a file is used is seen in /proc.  Who makes a segment opens it, maps it, and
 * then closes it; so whoever looks at a process' open files first and at its maps
 * after that sees it in one of them, at any time since it has its name. */
#include "mpi/leftovers.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/str.h"

enum { MAPS_MOST = 1 << 26, DEPTH_MOST = 8 };

struct leftover {
    char *path; /* owned: a segment, or a launcher's folder */
    bool used;
};

struct search {
    const char *host;
    struct leftover *list; /* owned */
    int count;
    bool blind; /* a process could not be looked into: it may use any of them */
};

static bool is_own(const char *path, mode_t kind) {
    struct stat info;
    return fs->lstat(path, &info) == 0 && info.st_uid == geteuid() &&
           (info.st_mode & S_IFMT) == kind;
}

static void add(struct search *s, const char *dir, const char *name, mode_t kind) {
    struct str path = {0};
    str_printf(&path, "%s/%s", dir, name);
    if (is_own(path.data, kind)) {
        s->list = mem_resize(s->list, (size_t)s->count + 1, sizeof *s->list);
        s->list[s->count++] = (struct leftover){.path = path.data};
    } else {
        str_fini(&path);
    }
}

/* "vader_segment.HOST.UID.JOB.RANK", "osc_sm.HOST.JOB.WINDOW.RANK"; of the host's name
 * Open MPI takes what stands before the first point. */
static int add_segment(const char *dir, const char *name, void *context,
                       struct err *err) {
    static const char *const kinds[] = {"vader_segment.", "osc_sm."};
    struct search *s = context;
    size_t host = strcspn(s->host, ".");
    (void)err;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i]);
        if (strncmp(name, kinds[i], n) == 0 && strncmp(name + n, s->host, host) == 0 &&
            name[n + host] == '.')
            add(s, dir, name, S_IFREG);
    }
    return 0;
}

/* Whether a text is the number of a process, and that has ended. */
static bool has_ended(const char *number) {
    char *end;
    long pid = strtol(number, &end, 10);
    if (!isdigit((unsigned char)*number) || *end != '\0' || pid <= 0 || pid > INT_MAX)
        return false;
    return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
}

/* "pid.PROCESS" */
static int add_session(const char *dir, const char *name, void *context,
                       struct err *err) {
    (void)err;
    if (strncmp(name, "pid.", 4) == 0 && has_ended(name + 4))
        add(context, dir, name, S_IFDIR);
    return 0;
}

/* ---- who uses what ---- */

/* A process has the file at `path`, which a NUL or a line feed ends. */
static void note_use(struct search *s, const char *path) {
    for (int i = 0; i < s->count; i++) {
        size_t n = strlen(s->list[i].path);
        if (strncmp(path, s->list[i].path, n) == 0 && strchr("/\n", path[n]))
            s->list[i].used = true; /* strchr finds the NUL, too */
    }
}

static int note_open(const char *dir, const char *name, void *context,
                     struct err *err) {
    char link[64], path[PATH_MAX];
    (void)err;
    snprintf(link, sizeof link, "%s/%s", dir, name);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n > 0) {
        path[n] = '\0';
        note_use(context, path);
    }
    return 0;
}

static void note_maps(struct search *s, const struct str *maps) {
    struct slice rest = str_slice(maps), line;
    while (slice_line(&rest, &line)) {
        const char *path = memchr(line.data, '/', line.size);
        if (path)
            note_use(s, path);
    }
}

/* One that the system does not let us look into has ended, or has rights of its own, as
 * sshd has: it is no rank.  Where we cannot look, it might use all. */
static bool may_look(struct search *s, const char *path) {
    int fd = fs->open(path, O_RDONLY | O_CLOEXEC, 0);
    if (fd >= 0)
        fs->close(fd);
    else
        s->blind = s->blind || (errno != EACCES && errno != EPERM && errno != ENOENT &&
                                errno != ESRCH);
    return fd >= 0;
}

static int note_process(const char *dir, const char *name, void *context,
                        struct err *err) {
    struct search *s = context;
    char process[64], path[80];
    struct str maps = {0};
    (void)err;
    snprintf(process, sizeof process, "%s/%.20s", dir, name);
    snprintf(path, sizeof path, "%s/maps", process);
    if (!isdigit((unsigned char)*name) || !is_own(process, S_IFDIR) ||
        !may_look(s, path))
        return 0;
    snprintf(path, sizeof path, "%s/fd", process);
    int rc = file_each_name(path, note_open, s, NULL);
    snprintf(path, sizeof path, "%s/maps", process);
    if (file_read(path, MAPS_MOST, &maps, NULL) == 0)
        note_maps(s, &maps);
    else
        rc = -1;
    s->blind = s->blind || (rc < 0 && is_own(process, S_IFDIR)); /* else it has ended */
    str_fini(&maps);
    return 0;
}

static bool any_unused(const struct search *s) {
    int i = 0;
    while (i < s->count && s->list[i].used)
        i++;
    return i < s->count;
}

/* ---- away with it ---- */

static int remove_within(const char *dir, const char *name, int depth);

static int remove_name(const char *dir, const char *name, void *context,
                       struct err *err) {
    const int *depth = context;
    (void)err;
    return remove_within(dir, name, *depth);
}

/* A file, or a folder with all that is in it; no link is followed. */
static int remove_within(const char *dir, const char *name, int depth) {
    struct str path = {0};
    int below = depth + 1;
    str_printf(&path, "%s/%s", dir, name);
    int rc = 0;
    if (!is_own(path.data, S_IFDIR))
        rc = fs->unlink(path.data);
    else if (depth == DEPTH_MOST ||
             file_each_name(path.data, remove_name, &below, NULL) < 0)
        rc = -1;
    else
        rc = fs->rmdir(path.data);
    str_fini(&path);
    return rc;
}

static void remove_unused(const struct search *s) {
    for (int i = 0; i < s->count; i++) {
        char *path = s->list[i].path, *name = strrchr(path, '/');
        if (s->list[i].used)
            continue;
        *name = '\0';
        remove_within(path, name + 1, 0);
        *name = '/';
    }
}

void leftovers_remove(const char *memory, const char *sessions, const char *host) {
    struct search s = {.host = host};
    char self[24];
    file_each_name(memory, add_segment, &s, NULL);
    if (sessions)
        file_each_name(sessions, add_session, &s, NULL);
    snprintf(self, sizeof self, "%ld", (long)getpid());
    note_process("/proc", self, &s, NULL); /* mostly that is all there is */
    if (any_unused(&s) && file_each_name("/proc", note_process, &s, NULL) == 0 &&
        !s.blind)
        remove_unused(&s);
    for (int i = 0; i < s.count; i++)
        mem_free(s.list[i].path);
    mem_free(s.list);
}
