/* SPDX-License-Identifier: Apache-2.0 */
/* TAP: see tap.h. */
#include "tests/tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int count, failures;
static bool silent;
static char folder[64];

static void verdict(bool good, const char *format, va_list args) {
    count++;
    failures += !good;
    if (silent && good)
        return;
    printf(silent ? "# silent rank: %sok - " : "%sok %d - ", good ? "" : "not ", count);
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
}

bool ok(bool condition, const char *format, ...) {
    va_list args;
    va_start(args, format);
    verdict(condition, format, args);
    va_end(args);
    return condition;
}

bool is_int(int64_t got, int64_t want, const char *format, ...) {
    va_list args;
    va_start(args, format);
    verdict(got == want, format, args);
    va_end(args);
    if (got != want)
        diag("  got %lld, want %lld", (long long)got, (long long)want);
    return got == want;
}

bool is_str(const char *got, const char *want, const char *format, ...) {
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    va_list args;
    va_start(args, format);
    verdict(same, format, args);
    va_end(args);
    if (!same)
        diag("  got '%s', want '%s'", got ? got : "(null)", want ? want : "(null)");
    return same;
}

void diag(const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    fflush(stdout);
}

void skip(const char *why, int n) {
    while (n-- > 0) {
        count++;
        if (!silent)
            printf("ok %d # SKIP %s\n", count, why);
    }
}

_Noreturn void skip_all(const char *why) {
    printf("1..0 # SKIP %s\n", why);
    exit(0);
}

void tap_quiet(bool quiet) { silent = quiet; }

int tap_done(void) {
    if (!silent)
        printf("1..%d\n", count);
    fflush(stdout);
    return failures != 0;
}

static void folder_remove(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "# cannot remove %s\n", folder);
}

const char *tap_folder(void) {
    if (folder[0] == '\0') {
        snprintf(folder, sizeof folder, "/tmp/mpibert-test-XXXXXX");
        if (mkdtemp(folder) == NULL)
            abort();
        atexit(folder_remove);
    }
    return folder;
}
