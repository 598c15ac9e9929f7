/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to a human: see log.h. */
#include "src/base/log.h"

#include <stdarg.h>
#include <stdio.h>

static int own_rank;
static bool speaks_now, quiet_now;
/* A terminal's line is one thread's at a time: whoever clears it, draws or writes holds
 * the lock of stdout, which a thread may take twice. */
static void (*clear_line)(void);

void log_set_rank(int rank) { own_rank = rank; }
int log_rank(void) { return own_rank; }
void log_set_before(void (*clear)(void)) {
    flockfile(stdout);
    clear_line = clear;
    funlockfile(stdout);
}
void log_set_speaks(bool speaks) { speaks_now = speaks; }
void log_set_quiet(bool quiet) { quiet_now = quiet; }

static void say(const char *kind, const char *format, va_list args) {
    char text[2048];
    vsnprintf(text, sizeof text, format, args);
    flockfile(stdout);
    if (clear_line)
        clear_line();
    fflush(stdout);
    if (own_rank == 0)
        fprintf(stderr, "mpibert: %s%s\n", kind, text);
    else
        fprintf(stderr, "mpibert: rank %d: %s%s\n", own_rank, kind, text);
    funlockfile(stdout);
}

static bool is_silent(void) { return own_rank != 0 && !speaks_now; }

void log_info(const char *format, ...) {
    if (is_silent() || quiet_now)
        return;
    va_list args;
    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void log_warn(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say("warning: ", format, args);
    va_end(args);
}

void log_warn_once(const char *format, ...) {
    if (is_silent())
        return;
    va_list args;
    va_start(args, format);
    say("warning: ", format, args);
    va_end(args);
}

int log_error(struct err *err) {
    fflush(stdout);
    if (own_rank == 0 && !err->told)
        fprintf(stderr, "mpibert: %s%s\n",
                err->code == ERR_STOPPED ? "" : "error: ", err->text);
    err->told = true;
    return err->code;
}
