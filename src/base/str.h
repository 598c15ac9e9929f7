/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte string, and a borrowed slice of somebody else's bytes. */
#ifndef MPIBERT_BASE_STR_H
#define MPIBERT_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

/* Borrowed bytes, not ended by a NUL. */
struct slice {
    const char *data;
    size_t size;
};

/* Owned bytes; data[size] is always NUL once anything was appended.  Zero it to
 * begin. */
struct str {
    char *data;
    size_t size;
    size_t capacity;
};

void str_append(struct str *s, const void *bytes, size_t size);
void str_append_char(struct str *s, char c);
void str_printf(struct str *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Makes room for `extra` more bytes after size. */
void str_reserve(struct str *s, size_t extra);
/* Forgets the content, keeps the memory. */
void str_clear(struct str *s);
void str_fini(struct str *s);
struct slice str_slice(const struct str *s);

struct slice slice_of(const char *string);
bool slice_equal(struct slice a, struct slice b);
bool slice_starts(struct slice s, const char *prefix);
/* Without blanks, line feeds and other controls at either end. */
struct slice slice_trim(struct slice s);
/* Takes what lies before the next `separator` (and that too) off *rest; false when
 * nothing is left. */
bool slice_field(struct slice *rest, char separator, struct slice *field);
/* The same for a line (without its LF). */
bool slice_line(struct slice *rest, struct slice *line);

#endif
