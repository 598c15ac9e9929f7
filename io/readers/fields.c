/* SPDX-License-Identifier: Apache-2.0 */
/* Values out of a line of JSON: see fields.h.  One pass over the object: at each key
 * the fields that it is, or leads to, are known; only the objects on their paths are
 * entered, everything else is passed over by its brackets.  Decoding is a second step,
 * for what is wanted. */
#include "io/readers/fields.h"

#include <stdint.h>
#include <string.h>

#include "io/readers/reader.h"
#include "src/base/die.h"

enum { DEPTH_MAX = 64 };

struct scan {
    const char *p, *end;
    struct field *fields;
    int count;
    bool in_string; /* it ends there */
};

static void skip_space(struct scan *s) {
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' ||
                             *s->p == '\n' || *s->p == FIELDS_MARK))
        s->p++;
}

static bool take(struct scan *s, char c) {
    skip_space(s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static int hex4(const char *p, const char *end) {
    int value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef", *at;
        char c = p[i] >= 'A' && p[i] <= 'F' ? (char)(p[i] | 0x20) : p[i];
        if (c == '\0' || (at = strchr(digits, c)) == NULL)
            return -1;
        value = value * 16 + (int)(at - digits);
    }
    return value;
}

/* The first quotation mark or backslash at or after p, or `end`; eight bytes at a
 * time, for a text is long. */
static const char *find_special(const char *p, const char *end) {
    const uint64_t ones = 0x0101010101010101, highs = ones << 7;
    for (; end - p >= 8; p += 8) {
        uint64_t bytes, quote, slash;
        memcpy(&bytes, p, sizeof bytes);
        quote = bytes ^ ones * '"'; /* a zero byte where one is */
        slash = bytes ^ ones * '\\';
        if ((((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs)
            break;
    }
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* Takes a string, checking its escapes; *raw is what lies between the quotes. */
static bool take_string(struct scan *s, struct slice *raw) {
    if (!take(s, '"'))
        return false;
    const char *start = s->p;
    while ((s->p = find_special(s->p, s->end)) < s->end && *s->p != '"') {
        if (s->end - s->p < 2 || s->p[1] == '\0' || !strchr("\"\\/bfnrtu", s->p[1]))
            return false;
        if (s->p[1] == 'u' && hex4(s->p + 2, s->end) < 0)
            return false;
        s->p += s->p[1] == 'u' ? 6 : 2;
    }
    s->in_string = s->p >= s->end;
    if (s->in_string)
        return false;
    *raw = (struct slice){start, (size_t)(s->p - start)};
    s->p++;
    return true;
}

/* Takes a number, true, false or null; also Python's numbers that are none. */
static bool take_word(struct scan *s, struct slice *raw) {
    const char *start = s->p;
    while (s->p < s->end && *s->p &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzEIN", *s->p))
        s->p++;
    *raw = (struct slice){start, (size_t)(s->p - start)};
    if (raw->size > 0 && (*start == '-' || (*start >= '0' && *start <= '9')))
        return true;
    return slice_equal(*raw, slice_of("true")) ||
           slice_equal(*raw, slice_of("false")) ||
           slice_equal(*raw, slice_of("null")) || slice_equal(*raw, slice_of("NaN")) ||
           slice_equal(*raw, slice_of("Infinity"));
}

/* Passes over a value of any depth up to DEPTH_MAX.  Brackets must match; commas and
 * colons inside of what nobody asked for are not judged. */
static bool skip_value(struct scan *s) {
    char closers[DEPTH_MAX];
    int depth = 0;
    struct slice raw;
    do {
        skip_space(s);
        if (s->p >= s->end)
            return false;
        char c = *s->p;
        if (c == '{' || c == '[') {
            if (depth == DEPTH_MAX)
                return false;
            closers[depth++] = c == '{' ? '}' : ']';
            s->p++;
        } else if (depth > 0 && c == closers[depth - 1]) {
            depth--;
            s->p++;
        } else if (depth > 0 && (c == ',' || c == ':')) {
            s->p++;
        } else if (c == '"' ? !take_string(s, &raw) : !take_word(s, &raw)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

/* What is left of a field's path inside of `depth` objects, each of which was entered
 * by a key of the path. */
static const char *path_rest(const struct field *field, int depth) {
    const char *rest = field->path;
    while (depth-- > 0)
        rest = strchr(rest, '.') + 1;
    return rest;
}

/* Whether `name` is the first key of a path, and what comes after it: 0 nothing, '.'
 * more; -1 it is not. */
static int match(const char *path, struct slice name) {
    bool fits = name.size > 0 && strnlen(path, name.size) == name.size;
    if (!fits || memcmp(path, name.data, name.size) != 0)
        return -1;
    char behind = path[name.size];
    return behind == '\0' || behind == '.' ? behind : -1;
}

static bool take_object(struct scan *s, uint32_t active, int depth);

/* Takes the value of a key, for the fields that it `is` and those that it `leads` to.
 */
static bool take_value(struct scan *s, uint32_t is, uint32_t leads, int depth) {
    skip_space(s);
    char c = s->p < s->end ? *s->p : '\0';
    struct slice raw = {0};
    if (c == '{' && leads && depth < DEPTH_MAX)
        return take_object(s, leads, depth + 1);
    if (c == '{' || c == '[' || is == 0)
        return skip_value(s);
    if (c == '"' ? !take_string(s, &raw) : !take_word(s, &raw))
        return false;
    if (c == 'n') /* null */
        raw = (struct slice){0};
    for (int i = 0; i < s->count; i++)
        if (is >> i & 1) {
            s->fields[i].raw = raw;
            s->fields[i].is_string = c == '"';
        }
    return true;
}

/* Takes an object; `active` are the fields whose paths lead into it. */
static bool take_object(struct scan *s, uint32_t active, int depth) {
    if (!take(s, '{'))
        return false;
    if (take(s, '}'))
        return true;
    do {
        struct slice name;
        if (!take_string(s, &name) || !take(s, ':'))
            return false;
        uint32_t is = 0, leads = 0;
        for (int i = 0; i < s->count; i++) {
            int behind =
                active >> i & 1 ? match(path_rest(&s->fields[i], depth), name) : -1;
            is |= (uint32_t)(behind == 0) << i;
            leads |= (uint32_t)(behind == '.') << i;
        }
        if (!take_value(s, is, leads, depth))
            return false;
    } while (take(s, ','));
    return take(s, '}');
}

enum fields_found fields_find(struct slice json, struct field *fields, int count,
                              size_t *end) {
    CHECK(count > 0 && count < 32);
    struct scan s = {json.data, json.data + json.size, fields, count, false};
    for (int i = 0; i < count; i++)
        fields[i].raw = (struct slice){0};
    bool good = take_object(&s, (1u << count) - 1, 0);
    *end = (size_t)(s.p - json.data);
    skip_space(&s);
    if (!good)
        return s.p == s.end && !s.in_string ? FIELDS_CUT : FIELDS_BAD;
    return s.p == s.end ? FIELDS_GOOD : FIELDS_MORE;
}

/* Decodes \uXXXX at p, and its second half if it is a surrogate pair; returns what
 * follows. */
static const char *decode_unicode(struct str *out, const char *p, const char *end) {
    uint32_t c = (uint32_t)hex4(p + 2, end);
    p += 6;
    if (c < 0xd800 || c > 0xdfff) {
        reader_append_utf8(out, c);
        return p;
    }
    int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : 0;
    if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return p; /* a lone surrogate */
    reader_append_utf8(out, 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00));
    return p + 6;
}

void fields_decode(struct str *out, struct slice raw) {
    if (raw.size == 0)
        return;
    const char *p = raw.data, *end = raw.data + raw.size;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        if (escape == NULL)
            escape = end;
        str_append(out, p, (size_t)(escape - p));
        p = escape;
        if (p == end)
            break;
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        const char *at = strchr(from, p[1]);
        if (p[1] == 'u') {
            p = decode_unicode(out, p, end);
            continue;
        }
        str_append_char(out, at ? to[at - from] : p[1]);
        p += 2;
    }
}
