/* SPDX-License-Identifier: Apache-2.0 */
/* A few values out of one object of JSON, found without building a tree of the rest: a
 * line of a corpus has the text, the address and perhaps the language, among much that
 * nobody asks for. */
#ifndef MPIBERT_IO_READERS_FIELDS_H
#define MPIBERT_IO_READERS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/str.h"

struct field {
    const char *path; /* a key, or keys of objects in objects with dots between them */
    struct slice raw; /* found: what is between a string's quotes, or a number, true,
                         false; data NULL: not there, null, or an object or array */
    bool is_string;
};

/* Stands before each object of a JSON text sequence (RFC 7464), and is a blank here. */
enum { FIELDS_MARK = 0x1e };

/* What it is that was looked at. */
enum fields_found {
    FIELDS_BAD,  /* no object of JSON */
    FIELDS_GOOD, /* one, and nothing else */
    FIELDS_MORE, /* one, and something after it */
    FIELDS_CUT   /* one that may go on: it ends outside of a string */
};

/* Finds the fields in the object that `json` is; of a key that is there twice the last.
 * Borrows from `json`.  *end is where the object ends, or where it shows that it is
 * none. Commas, colons and words in what nobody asked for are not judged; NaN and
 * Infinity are numbers, as Python writes them. */
enum fields_found fields_find(struct slice json, struct field *fields, int count,
                              size_t *end);
/* Appends a string that was found, decoded; lone surrogates are dropped, as no UTF-8
 * exists for them. */
void fields_decode(struct str *out, struct slice raw);

#endif
