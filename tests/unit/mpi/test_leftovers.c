/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of what lies in the folders of Open MPI only that goes which is a job's, on
 * this host, and used by nobody: a segment that any process has open or mapped stays,
 * and so does a launcher's folder while the launcher lives or a rank of it has a file
 * in there.  What has other names is nobody's business. */
#include "mpi/leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/file.h"
#include "tests/failfs.h"
#include "tests/tap.h"

static char memory[256], sessions[256];

static void put(const char *dir, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    file_write_atomic(path, "x", 1, NULL);
}

static bool is_there(const char *dir, const char *name) {
    char path[512];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return lstat(path, &info) == 0;
}

enum use { OPEN, MAPPED };

/* Another process that has a file so; it ends when it is killed. */
static pid_t use(const char *dir, const char *name, enum use how) {
    char path[512], said = 0;
    int ends[2];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    if (pipe(ends) < 0)
        return -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(path, O_RDWR);
        void *map = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
        if (how == OPEN)
            munmap(map, 1);
        else
            close(fd);
        if (map != MAP_FAILED && write(ends[1], "y", 1) == 1)
            pause();
        _exit(0);
    }
    ok(read(ends[0], &said, 1) == 1, "a process has %s", name);
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void end(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static const struct {
    const char *name;
    bool goes;
} segments[] = {
    {"vader_segment.node1.0.16f0001.0", true},
    {"mpibert.node1.1234.0", true},
    {"vader_segment.node1.0.open.0", false},
    {"vader_segment.node1.0.mapped.0", false},
    {"vader_segment.node1.0.mapped.01", true}, /* the name of one in use, and more */
    {"vader_segment.node12.0.16f0001.0", false},
    {"vader_segment.other.0.16f0001.0", false},
    {"vader_segment.node1", false},
    {"sem.vader_segment.node1.0.16f0001.0", false},
    {"mine", false},
};
enum { SEGMENTS = sizeof segments / sizeof *segments };

static void test_segments(void) {
    char link[512];
    for (int i = 0; i < SEGMENTS; i++)
        put(memory, segments[i].name);
    snprintf(link, sizeof link, "%s/vader_segment.node1.0.link.0", memory);
    ok(symlink("mine", link) == 0, "a link");
    pid_t opener = use(memory, "vader_segment.node1.0.open.0", OPEN);
    pid_t mapper = use(memory, "vader_segment.node1.0.mapped.0", MAPPED);
    leftovers_remove(memory, NULL, "node1.site.example");
    for (int i = 0; i < SEGMENTS; i++)
        is_int(is_there(memory, segments[i].name), !segments[i].goes, "%s %s",
               segments[i].name, segments[i].goes ? "goes" : "stays");
    ok(is_there(memory, "vader_segment.node1.0.link.0"), "a link stays");
    end(opener);
    end(mapper);
    leftovers_remove(memory, NULL, "node1");
    ok(!is_there(memory, segments[2].name) && !is_there(memory, segments[3].name),
       "when their processes are gone, they go");
}

/* As a start in a container, which sees no process outside.  Whether there can be
 * one. */
static bool remove_in_container(void) {
    int status = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
            _exit(1);
        if ((child = fork()) == 0) {
            if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
                mount("proc", "/proc", "proc", 0, NULL) < 0)
                _exit(1);
            leftovers_remove(memory, NULL, "node1");
            _exit(0);
        }
        waitpid(child, &status, 0);
        _exit(status != 0);
    }
    return waitpid(child, &status, 0) == child && status == 0;
}

static void test_container(void) {
    put(memory, segments[0].name);
    pid_t mapper = use(memory, segments[0].name, MAPPED);
    if (!remove_in_container())
        diag("may make no container: skipped");
    ok(is_there(memory, segments[0].name), "what a process outside has mapped stays");
    end(mapper);
    leftovers_remove(memory, NULL, "node1");
}

/* As where there are no descriptors left, or no rights. */
static void test_blind(void) {
    put(memory, segments[0].name);
    failfs_arm(FAILFS_OPEN, 1, FAILFS_FOR_EVER, EMFILE);
    leftovers_remove(memory, NULL, "node1");
    failfs_disarm();
    ok(is_there(memory, segments[0].name), "who cannot look removes nothing");
    leftovers_remove(memory, NULL, "node1");
    ok(!is_there(memory, segments[0].name), "but does when he can");
}

static void make_session(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s/0/0", sessions, name);
    file_make_folder(path, NULL);
    put(path, "contact.txt");
}

static void test_sessions(void) {
    char gone[32], used[32], own[32], name[64];
    fflush(stdout);
    pid_t dead[2];
    for (int i = 0; i < 2; i++) {
        dead[i] = fork();
        if (dead[i] == 0)
            _exit(0);
        waitpid(dead[i], NULL, 0);
    }
    snprintf(gone, sizeof gone, "pid.%ld", (long)dead[0]);
    snprintf(used, sizeof used, "pid.%ld", (long)dead[1]);
    snprintf(own, sizeof own, "pid.%ld", (long)getpid());
    const char *const stay[] = {own, "pid.", "pid.1x", "pid.99999999999", "jf.1", "x"};
    for (int i = 0; i < 6; i++)
        make_session(stay[i]);
    make_session(gone);
    make_session(used);
    snprintf(name, sizeof name, "%s/0/0/contact.txt", used);
    pid_t rank = use(sessions, name, MAPPED);
    leftovers_remove(memory, sessions, "node1");
    ok(!is_there(sessions, gone), "a folder of a launcher that is gone goes");
    ok(is_there(sessions, name), "unless a rank has a file in there");
    for (int i = 0; i < 6; i++)
        ok(is_there(sessions, stay[i]), "%s stays", stay[i]);
    end(rank);
}

int main(void) {
    snprintf(memory, sizeof memory, "%s/memory", tap_folder());
    snprintf(sessions, sizeof sessions, "%s/sessions", tap_folder());
    mkdir(memory, 0700);
    mkdir(sessions, 0700);
    test_segments();
    test_container();
    test_blind();
    test_sessions();
    leftovers_remove("/no/such/folder", "/no/such/folder", "node1");
    ok(true, "no folder is no fault");
    return tap_done();
}
