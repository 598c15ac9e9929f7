/* SPDX-License-Identifier: Apache-2.0 */
/* Errors as values: see err.h. */
#include "src/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...) {
    if (err == NULL)
        return -1;
    va_list args;
    va_start(args, format);
    err->code = code;
    err->told = false;
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return -1;
}

int err_prefix(struct err *err, const char *format, ...) {
    if (err == NULL)
        return -1;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n + 3 < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %.*s",
                 (int)(sizeof err->text - 3 - (size_t)n), old);
    return -1;
}

int err_errno(struct err *err, const char *what, const char *path) {
    int number = errno;
    int missing = number == ENOENT || number == ENOTDIR;
    return err_set(err, missing ? ERR_MISSING : ERR_IO, "%s: cannot %s: %s", path, what,
                   strerror(number));
}
