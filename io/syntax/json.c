/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in and out: see json.h.  The only caller of jansson, which parses; a struct json
 * is a json_t under our name.  Writing is ours, because key order and escapes must be
 * exact and a vocabulary of 10^5 keys needs no tree. */
#include "io/syntax/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"

/* ---- reading ---- */

static const json_t *inner(const struct json *value) { return (const json_t *)value; }

static const struct json *outer(const json_t *value) {
    return (const struct json *)value;
}

struct json *json_parse(struct slice text, const char *name, struct err *err) {
    json_error_t error;
    size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL;
    json_t *root = json_loadb(text.size ? text.data : "", text.size, flags, &error);
    if (root == NULL)
        err_set(err, ERR_DATA, "%s:%d:%d: is not JSON: %s", name, error.line,
                error.column, error.text);
    return (struct json *)root;
}

struct json *json_parse_file(const char *path, size_t limit_bytes, struct err *err) {
    struct str text = {0};
    struct json *root = NULL;
    if (file_read(path, limit_bytes, &text, err) == 0)
        root = json_parse(str_slice(&text), path, err);
    str_fini(&text);
    return root;
}

void json_free(struct json *root) { json_decref((json_t *)root); }

enum json_kind json_kind(const struct json *value) {
    if (value == NULL)
        return JSON_KIND_NONE;
    switch (json_typeof(inner(value))) {
    case JSON_NULL: return JSON_KIND_NULL;
    case JSON_TRUE:
    case JSON_FALSE: return JSON_KIND_BOOL;
    case JSON_INTEGER:
    case JSON_REAL: return JSON_KIND_NUMBER;
    case JSON_STRING: return JSON_KIND_STRING;
    case JSON_ARRAY: return JSON_KIND_ARRAY;
    case JSON_OBJECT: return JSON_KIND_OBJECT;
    }
    die("jansson knows a type that we do not");
}

int json_get_bool(const struct json *value, bool *out) {
    if (json_kind(value) != JSON_KIND_BOOL)
        return -1;
    *out = json_is_true(inner(value));
    return 0;
}

int json_get_int(const struct json *value, int64_t *out) {
    double number;
    if (json_get_real(value, &number) < 0)
        return -1;
    if (fabs(number) > 0x1p53 || number != floor(number))
        return -1;
    *out = (int64_t)number;
    return 0;
}

int json_get_real(const struct json *value, double *out) {
    if (json_kind(value) != JSON_KIND_NUMBER)
        return -1;
    *out = json_number_value(inner(value));
    return 0;
}

int json_get_string(const struct json *value, struct slice *out) {
    if (json_kind(value) != JSON_KIND_STRING)
        return -1;
    *out = (struct slice){json_string_value(inner(value)),
                          json_string_length(inner(value))};
    return 0;
}

const struct json *json_get(const struct json *object, const char *key) {
    return outer(json_object_get(inner(object), key));
}

size_t json_count(const struct json *value) {
    return json_kind(value) == JSON_KIND_ARRAY ? json_array_size(inner(value))
                                               : json_object_size(inner(value));
}

const struct json *json_at(const struct json *array, size_t i) {
    return outer(json_array_get(inner(array), i));
}

bool json_next(const struct json *object, struct json_member *member) {
    json_t *walked = (json_t *)object; /* jansson's iterators take no const */
    member->place = member->place ? json_object_iter_next(walked, member->place)
                                  : json_object_iter(walked);
    if (member->place == NULL)
        return false;
    member->key = (struct slice){json_object_iter_key(member->place),
                                 json_object_iter_key_len(member->place)};
    member->value = outer(json_object_iter_value(member->place));
    return true;
}

bool json_is_text(struct slice bytes) {
    json_t *string = json_stringn(bytes.size ? bytes.data : "", bytes.size);
    json_decref(string);
    return string != NULL;
}

/* ---- writing ---- */

static void put_line(struct json_writer *writer) {
    if (writer->compact)
        return;
    str_append_char(writer->out, '\n');
    for (int i = 0; i < writer->depth; i++)
        str_append(writer->out, "  ", 2);
}

static void put_escaped(struct str *out, unsigned char c) {
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* byte, letter, byte, … */
    for (size_t i = 0; i + 1 < sizeof shorts; i += 2)
        if (c == (unsigned char)shorts[i]) {
            str_append_char(out, '\\');
            str_append_char(out, shorts[i + 1]);
            return;
        }
    str_printf(out, "\\u%04x", c);
}

static void put_quoted(struct str *out, struct slice text) {
    str_append_char(out, '"');
    size_t from = 0; /* first byte not yet written */
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        str_append(out, text.data + from, i - from);
        put_escaped(out, c);
        from = i + 1;
    }
    str_append(out, text.data + from, text.size - from);
    str_append_char(out, '"');
}

/* What stands before a key, or before a value that has none. */
static void put_separator(struct json_writer *writer) {
    if (writer->filled)
        str_append_char(writer->out, ',');
    if (writer->depth > 0)
        put_line(writer);
    writer->filled = true;
}

void json_put_key(struct json_writer *writer, struct slice key) {
    CHECK(!writer->after_key);
    put_separator(writer);
    put_quoted(writer->out, key);
    str_append(writer->out, ": ", writer->compact ? 1 : 2);
    writer->after_key = true;
}

static void begin_value(struct json_writer *writer, const char *key) {
    if (key)
        json_put_key(writer, slice_of(key));
    else if (!writer->after_key)
        put_separator(writer);
    writer->after_key = false;
}

void json_open(struct json_writer *writer, const char *key, char bracket) {
    begin_value(writer, key);
    str_append_char(writer->out, bracket);
    writer->depth++;
    writer->filled = false;
}

void json_close(struct json_writer *writer, char bracket) {
    CHECK(writer->depth > 0 && !writer->after_key);
    writer->depth--;
    if (writer->filled)
        put_line(writer);
    str_append_char(writer->out, bracket);
    writer->filled = true;
}

void json_put_string(struct json_writer *writer, const char *key, struct slice value) {
    begin_value(writer, key);
    put_quoted(writer->out, value);
}

void json_put_int(struct json_writer *writer, const char *key, int64_t value) {
    begin_value(writer, key);
    str_printf(writer->out, "%lld", (long long)value);
}

void json_put_real(struct json_writer *writer, const char *key, double value) {
    CHECK(isfinite(value));
    begin_value(writer, key);
    char text[32];
    int digits = 0;
    do
        snprintf(text, sizeof text, "%.*g", ++digits, value);
    while (strtod(text, NULL) != value);
    bool integral = strpbrk(text, ".e") == NULL; /* "1" is an integer to Python */
    str_printf(writer->out, "%s%s", text, integral ? ".0" : "");
}

void json_put_bool(struct json_writer *writer, const char *key, bool value) {
    begin_value(writer, key);
    str_printf(writer->out, "%s", value ? "true" : "false");
}

void json_put_null(struct json_writer *writer, const char *key) {
    begin_value(writer, key);
    str_append(writer->out, "null", 4);
}
