/* SPDX-License-Identifier: Apache-2.0 */
/* Run folders by their names: see rundir.h. */
#include "io/ckpt/rundir.h"

#include <stdlib.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "src/base/file.h"
#include "src/base/mem.h"

/* A checkpoint's name, with anything before and after that a run itself may put. */
static bool is_checkpoint(const char *name) {
    if (strncmp(name, CKPT_TEMPORARY, strlen(CKPT_TEMPORARY)) == 0)
        name += strlen(CKPT_TEMPORARY);
    return ckpt_after_name(name) != NULL;
}

static int look(const char *dir, const char *name, void *context, struct err *err) {
    bool *found = context;
    (void)dir, (void)err;
    *found = *found || is_checkpoint(name);
    return 0;
}

bool rundir_is(const char *dir) {
    bool found = false;
    file_each_name(dir, look, &found, NULL); /* one that cannot be read is none */
    return found;
}

/* Cuts the last name off a path: "a/b" -> "a", "/a" -> "/", "a" -> ".". */
static void cut(char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        path[--n] = '\0';
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        strcpy(path, ".");
    else
        slash[slash == path] = '\0';
}

/* The real path of the longest part that is there; owned, by malloc. */
static char *real_part(const char *path) {
    char *part = mem_alloc(strlen(path) + 2, 1), *real;
    strcpy(part, path);
    while ((real = realpath(*part ? part : ".", NULL)) == NULL &&
           strcmp(part, ".") != 0 && strcmp(part, "/") != 0)
        cut(part);
    mem_free(part);
    return real;
}

bool rundir_holds(const char *path, struct str *run) {
    char *at = real_part(path);
    bool found = at && rundir_is(at);
    while (at && !found && strcmp(at, "/") != 0) {
        cut(at);
        found = rundir_is(at);
    }
    if (found)
        str_printf(run, "%s", at);
    free(at);
    return found;
}
