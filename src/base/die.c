/* SPDX-License-Identifier: Apache-2.0 */
/* The abort door: see die.h. */
#include "src/base/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "src/base/log.h"

static void (*abort_hook)(int code);

void die_set_hook(void (*hook)(int code)) { abort_hook = hook; }

_Noreturn void die_at(const char *file, int line, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "mpibert: rank %d: %s:%d: %s\n", log_rank(), file, line, text);
    fflush(stderr);
    if (abort_hook)
        abort_hook(ERR_INTERNAL);
    exit(ERR_INTERNAL);
}
