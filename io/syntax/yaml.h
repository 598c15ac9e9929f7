/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML file as a list of (key, text): the tree is flattened as it is read, and
 * nothing of YAML is left behind this door.  The only caller of libyaml. */
#ifndef MPIBERT_IO_SYNTAX_YAML_H
#define MPIBERT_IO_SYNTAX_YAML_H

#include "src/base/err.h"
#include "src/base/str.h"

/* One scalar; borrowed until the function returns. */
struct yaml_value {
    const char *key;  /* "data.sources[0].path" */
    const char *text; /* "null" for null, ~ and nothing at all; "[]" and "{}" for an
                       * empty list and map */
    int line, column; /* of the text, counted from 1 */
};

/* 0, or -1 with *err filled: reading ends. */
typedef int (*yaml_value_fn)(void *context, const struct yaml_value *value,
                             struct err *err);

/* Calls `each` for every scalar, in the order of the file.  Whatever makes a file mean
 * more than it shows is refused: anchors, aliases, merge keys, tags, duplicate keys,
 * several documents.  These and errors of syntax are 78 with "name:line:column: ". */
int yaml_read(const char *name, struct slice text, yaml_value_fn each, void *context,
              struct err *err);

#endif
