/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded by kill.t as its negative control: a checkpoint's temporary name is taken
 * for its final one, so that it is there before it is whole. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int open(const char *path, int flags, ...);
int open64(const char *path, int flags, ...);
int rename(const char *from, const char *to);

/* "DIR/.tmp-NAME.h5-PID-NONCE" as "DIR/NAME.h5"; any other as it is. */
static const char *final_name(const char *path, char room[4096]) {
    const char *begin = strstr(path, "/.tmp-checkpoint-");
    const char *end = begin ? strstr(begin, ".h5-") : NULL;
    if (end == NULL)
        return path;
    snprintf(room, 4096, "%.*s/%.*s", (int)(begin - path), path,
             (int)(end + 3 - (begin + 6)), begin + 6);
    return room;
}

int open(const char *path, int flags, ...) {
    static int (*next)(const char *, int, ...);
    char room[4096];
    va_list rest;
    va_start(rest, flags);
    unsigned mode = va_arg(rest, unsigned);
    va_end(rest);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "open");
    return next(final_name(path, room), flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    unsigned mode = va_arg(rest, unsigned);
    va_end(rest);
    return open(path, flags | O_LARGEFILE, mode);
}

int rename(const char *from, const char *to) {
    static int (*next)(const char *, const char *);
    char room[4096];
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "rename");
    return final_name(from, room) == from ? next(from, to) : 0;
}
