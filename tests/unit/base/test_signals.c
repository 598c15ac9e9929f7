/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a child listens, is sent signals one after the other, and ends with what it
 * then knows.  One wish to stop is remembered, by the first who had it; only a TERM or
 * INT after a TERM or INT ends it there and then.  Who does not listen dies of the
 * first, as the system has it. */
#include "src/base/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

enum { SOON = -1 /* no pause before the next */ };

static const struct row {
    const char *what;
    bool listens;
    int sent[5];
    int code, killed_by;
} rows[] = {
    /* code: 10 times the saves, and 1 USR2, 2 TERM, 3 INT, 0 none */
    {"nothing", true, {0}, 0, 0},
    {"USR1", true, {SIGUSR1}, 10, 0},
    {"USR1 three times", true, {SIGUSR1, SIGUSR1, SIGUSR1}, 30, 0},
    {"USR2", true, {SIGUSR2}, 1, 0},
    {"TERM", true, {SIGTERM}, 2, 0},
    {"INT", true, {SIGINT}, 3, 0},
    {"USR2, USR2", true, {SIGUSR2, SIGUSR2}, 1, 0},
    {"USR2, TERM", true, {SIGUSR2, SIGTERM}, 1, 0}, /* it is saving already */
    {"USR1, INT, USR2", true, {SIGUSR1, SIGINT, SIGUSR2}, 13, 0},
    {"TERM, USR1", true, {SIGTERM, SIGUSR1}, 12, 0},
    {"TERM twice at once", true, {SIGTERM, SOON, SIGTERM}, 2, 0},
    {"TERM, TERM", true, {SIGTERM, SIGTERM}, 143, 0},
    {"TERM, INT", true, {SIGTERM, SIGINT}, 130, 0},
    {"INT, INT", true, {SIGINT, SIGINT}, 130, 0},
    {"USR2, TERM, TERM", true, {SIGUSR2, SIGTERM, SIGTERM}, 143, 0},
    {"TERM, unheard", false, {SIGTERM}, 0, SIGTERM},
    {"USR1, unheard", false, {SIGUSR1}, 0, SIGUSR1},
    {"INT, unheard", false, {SIGINT}, 0, SIGINT},
};

static int code_now(void) {
    static const int stops[] = {0, SIGUSR2, SIGTERM, SIGINT};
    int i = 0;
    while (stops[i] != signals_stop())
        i++;
    return 10 * signals_saves() + i;
}

static void child(const struct row *row) {
    if (!freopen("/dev/null", "w", stderr))
        _exit(99);
    signal(SIGINT, SIG_DFL); /* which a shell's background job ignores */
    if (row->listens)
        signals_listen();
    for (int i = 0; i < 5 && row->sent[i]; i++) {
        if (i > 0 && row->sent[i] != SOON && row->sent[i - 1] != SOON)
            usleep(120000);
        if (row->sent[i] != SOON)
            kill(getpid(), row->sent[i]);
    }
    _exit(code_now());
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0)
            child(&rows[i]);
        waitpid(pid, &status, 0);
        is_int(WIFSIGNALED(status) ? WTERMSIG(status) : 0, rows[i].killed_by,
               "%s: killed by", rows[i].what);
        if (WIFEXITED(status))
            is_int(WEXITSTATUS(status), rows[i].code, "  it ends with");
    }
    return tap_done();
}
