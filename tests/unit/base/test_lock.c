/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: of two processes one gets a folder's lock and the other hears of it; the lock
 * is gone with its holder, however that ends, and what is left in the folder hinders
 * nobody. */
#include "src/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/file.h"
#include "tests/failfs.h"
#include "tests/tap.h"

/* A child that takes the lock, says so through a pipe, and waits to be killed. */
static pid_t hold(const char *folder) {
    int ends[2];
    char said = 'n';
    if (pipe(ends) < 0)
        return -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct lock lock = {0};
        said = lock_take(folder, &lock, NULL) == 0 ? 'y' : 'n';
        if (write(ends[1], &said, 1) == 1)
            pause();
        _exit(0);
    }
    ok(read(ends[0], &said, 1) == 1 && said == 'y', "a child holds it");
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void end(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* On a file system that knows no locks: whom the file may name, and what follows. */
static void test_without_locks(const char *folder, const char *path) {
    char host[65] = "";
    gethostname(host, sizeof host - 1);
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    const struct {
        const char *host;
        long process;
        int rc;
        const char *what;
    } rows[] = {
        {host, (long)getppid(), -1, "a process of this host that is there"},
        {host, (long)getpid(), 0, "one that had our number, before a restart"},
        {host, (long)gone, 0, "one that is no more"},
        {"elsewhere", (long)gone, -1, "one of another host, of which nobody knows"},
        {"", 0, 0, "nobody"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lock lock = {0};
        struct err err = {0};
        char text[128] = "";
        int n = rows[i].process == 0
                    ? 0
                    : snprintf(text, sizeof text, "host %s, job 7, process %ld\n",
                               rows[i].host, rows[i].process);
        file_write_atomic(path, text, (size_t)n, NULL);
        failfs_arm(FAILFS_LOCK, 1, FAILFS_FOR_EVER, ENOLCK);
        int rc = lock_take(folder, &lock, &err);
        failfs_disarm();
        is_int(rc, rows[i].rc, "no locks, marked by %s: %s", rows[i].what, err.text);
        ok(rc == 0 || (err.code == ERR_CONFIG && strstr(err.text, "job 7") &&
                       strstr(err.text, "remove .lock")),
           "  who, and what to do");
        lock_release(&lock);
        is_int(access(path, F_OK), rc == 0 ? -1 : 0, "  the mark goes with who has it");
    }
    unlink(path);
}

int main(void) {
    const char *folder = tap_folder();
    char path[256], number[32];
    struct lock lock = {0};
    struct err err = {0};
    struct stat info;
    snprintf(path, sizeof path, "%s/" LOCK_NAME, folder);
    setenv("SLURM_JOB_ID", "4711", 1);

    is_int(lock_take(folder, &lock, &err), 0, "a lock %s", err.text);
    ok(lock.held && stat(path, &info) == 0, "is held");
    lock_release(&lock);
    ok(!lock.held && stat(path, &info) < 0, "and leaves nothing");
    lock_release(&lock);

    pid_t child = hold(folder);
    is_int(lock_take(folder, &lock, &err), -1, "not for two: %s", err.text);
    is_int(err.code, ERR_CONFIG, "its code");
    snprintf(number, sizeof number, "process %ld)", (long)child);
    ok(strstr(err.text, number) && strstr(err.text, "host ") &&
           strstr(err.text, "job 4711"),
       "names the holder");
    lock_release(&lock);
    ok(stat(path, &info) == 0, "who has it not does not remove it");
    end(child);
    is_int(lock_take(folder, &lock, &err), 0, "a killed holder holds nothing");
    lock_release(&lock);

    file_write_atomic(path, "host gone, process 1\n", 21, NULL);
    is_int(lock_take(folder, &lock, &err), 0, "nor does a file that is left");
    lock_release(&lock);

    failfs_arm(FAILFS_LOCK, 1, 2, EINTR);
    is_int(lock_take(folder, &lock, &err), 0, "a signal comes between, twice");
    is_int(failfs_disarm(), 3, "  it is asked again");
    ok(lock.held, "  and held");
    lock_release(&lock);

    test_without_locks(folder, path);

    is_int(lock_take("/no/such/folder", &lock, &err), -1, "no folder: %s", err.text);
    is_int(err.code, ERR_MISSING, "its code");
    lock_release(&lock);
    return tap_done();
}
