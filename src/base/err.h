/* SPDX-License-Identifier: Apache-2.0 */
/* The world's faults (files, data, configuration) as values.  The caller owns a struct
 * err and passes it last; a function that fails fills it and returns -1.  Bugs and
 * exhausted memory are not errors in this sense: see die.h. */
#ifndef MPIBERT_BASE_ERR_H
#define MPIBERT_BASE_ERR_H

#include <stdbool.h>

/* Exit codes of the program, after sysexits.h. */
enum err_code {
    ERR_NONE = 0,
    ERR_USAGE = 64,
    ERR_DATA = 65,
    ERR_MISSING = 66,
    ERR_INTERNAL = 70,
    ERR_IO = 74,
    ERR_STOPPED = 75,
    ERR_CONFIG = 78,
};

struct err {
    int code;  /* enum err_code */
    bool told; /* log_error has said it */
    char text[1024];
};

/* Fills *err (which may be NULL) with a code and one line of text.  Returns -1, so that
 * a failing function can `return err_set(err, ERR_DATA, "shard %s: …", path)`. */
int err_set(struct err *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "what: " before the text that is there.  Returns -1. */
int err_prefix(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As err_set, with the code (66 for ENOENT, else 74) and the reason taken from
 * errno. */
int err_errno(struct err *err, const char *what, const char *path);

#endif
