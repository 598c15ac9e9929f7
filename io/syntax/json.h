/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) in and out.  Reading gives a tree that is asked for typed values;
 * writing appends to a string in exactly the order of the calls, laid out as Python's
 * json.dumps(indent=2) and Rust's serde_json do. */
#ifndef MPIBERT_IO_SYNTAX_JSON_H
#define MPIBERT_IO_SYNTAX_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct json; /* opaque: a value; borrowed from its root except json_parse's */

enum json_kind {
    JSON_KIND_NONE, /* of NULL: a value that is not there */
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT,
};

/* Returns the owned root, or NULL (65, with line and column): not JSON, ill-formed
 * UTF-8, a key twice in an object, a number beyond double, anything after the value.
 * Numbers are doubles, as in JavaScript: Hugging Face's own files have integers beyond
 * 64 bits. */
struct json *json_parse(struct slice text, const char *name, struct err *err);
/* The same from a file of at most limit_bytes. */
struct json *json_parse_file(const char *path, size_t limit_bytes, struct err *err);
/* Accepts NULL, as all that follow do. */
void json_free(struct json *root);

enum json_kind json_kind(const struct json *value);
/* The typed value: 0, or -1 with *out untouched if it is of another kind.  Strings are
 * UTF-8, borrowed from the root. */
int json_get_bool(const struct json *value, bool *out);
int json_get_int(const struct json *value, int64_t *out); /* integral, at most 2^53 */
int json_get_real(const struct json *value, double *out);
int json_get_string(const struct json *value, struct slice *out);

/* The value of a key, or NULL. */
const struct json *json_get(const struct json *object, const char *key);
/* Elements of an array, members of an object; 0 for everything else. */
size_t json_count(const struct json *value);
/* Element i of an array, or NULL. */
const struct json *json_at(const struct json *array, size_t i);
/* Steps through an object's members in the order of the text; zero it to begin. */
struct json_member {
    struct slice key;
    const struct json *value;
    void *place;
};
bool json_next(const struct json *object, struct json_member *member);

/* Whether bytes may stand in a JSON string: well-formed UTF-8. */
bool json_is_text(struct slice bytes);

/* Where writing stands.  To begin: {.out = &text}, and .compact for no blanks at
 * all. */
struct json_writer {
    struct str *out; /* borrowed */
    bool compact;
    int depth;
    bool filled;    /* the innermost object or array has something in it */
    bool after_key; /* json_put_key was called last */
};

/* `key` is NULL in arrays and after json_put_key.  Strings must be json_is_text; all
 * bytes are written raw but for quotation mark, backslash and those below 0x20. */
void json_open(struct json_writer *writer, const char *key, char bracket); /* { or [ */
void json_close(struct json_writer *writer, char bracket);                 /* } or ] */
void json_put_key(struct json_writer *writer, struct slice key);
void json_put_string(struct json_writer *writer, const char *key, struct slice value);
void json_put_int(struct json_writer *writer, const char *key, int64_t value);
/* With the fewest digits that read back as the same number; finite. */
void json_put_real(struct json_writer *writer, const char *key, double value);
void json_put_bool(struct json_writer *writer, const char *key, bool value);
void json_put_null(struct json_writer *writer, const char *key);

#endif
