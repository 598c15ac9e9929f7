/* SPDX-License-Identifier: Apache-2.0 */
/* Growing strings and slices: see str.h. */
#include "src/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

void str_reserve(struct str *s, size_t extra) {
    size_t need = s->size + extra + 1;
    if (need <= s->capacity)
        return;
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < need)
        capacity *= 2;
    s->data = mem_resize(s->data, capacity, 1);
    s->capacity = capacity;
}

void str_append(struct str *s, const void *bytes, size_t size) {
    str_reserve(s, size);
    if (size > 0)
        memcpy(s->data + s->size, bytes, size);
    s->size += size;
    s->data[s->size] = '\0';
}

void str_append_char(struct str *s, char c) { str_append(s, &c, 1); }

void str_printf(struct str *s, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    CHECK(n >= 0);
    str_reserve(s, (size_t)n);
    vsnprintf(s->data + s->size, (size_t)n + 1, format, again);
    s->size += (size_t)n;
    va_end(again);
    va_end(args);
}

void str_clear(struct str *s) {
    s->size = 0;
    if (s->data)
        s->data[0] = '\0';
}

void str_fini(struct str *s) {
    mem_free(s->data);
    *s = (struct str){0};
}

struct slice str_slice(const struct str *s) {
    return (struct slice){s->data, s->size};
}

struct slice slice_of(const char *string) {
    return (struct slice){string, strlen(string)};
}

bool slice_equal(struct slice a, struct slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool slice_starts(struct slice s, const char *prefix) {
    size_t n = strlen(prefix);
    return s.size >= n && memcmp(s.data, prefix, n) == 0;
}

struct slice slice_trim(struct slice s) {
    while (s.size > 0 && (unsigned char)*s.data <= ' ')
        s.data++, s.size--;
    while (s.size > 0 && (unsigned char)s.data[s.size - 1] <= ' ')
        s.size--;
    return s;
}

bool slice_field(struct slice *rest, char separator, struct slice *field) {
    if (rest->size == 0)
        return false;
    const char *end = memchr(rest->data, separator, rest->size);
    size_t n = end ? (size_t)(end - rest->data) : rest->size;
    *field = (struct slice){rest->data, n};
    size_t taken = end ? n + 1 : n;
    rest->data += taken;
    rest->size -= taken;
    return true;
}

bool slice_line(struct slice *rest, struct slice *line) {
    return slice_field(rest, '\n', line);
}
