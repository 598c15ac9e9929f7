/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of rows in a configuration, as data: data.sources, data.heldout,
 * train.phases and family.shapes.  To add one: a row struct in options.h, a table of
 * its fields and a row of lists_table.  Keys are "data.sources[0].path". */
#ifndef MPIBERT_CORE_LISTS_H
#define MPIBERT_CORE_LISTS_H

#include "src/core/options.h"

struct list_field {
    const char *name; /* "steps" */
    const char *as;   /* the option whose type and range it has, not set where a row has
                       * none; NULL: as `own` says */
    struct option own; /* (its key is unused) */
    size_t place;      /* in a row */
};

struct list {
    const char *key, *row; /* "data.sources", "a source" */
    const char *bare;      /* the field that a row given as one word has; NULL: none */
    const char *note;      /* ends the message on a field that is unknown */
    const struct list_field *fields;
    int field_count, most; /* most: rows */
    size_t row_bytes;
    size_t rows, count; /* where struct config has them */
};

extern const struct list lists_table[];
extern const int lists_table_count;

const struct list *lists_find(const char *key);
int lists_count(const struct list *list, const struct config *config);
/* A field of a row, and the option that rules it; its key is the field's name. */
void *lists_value(const struct list *list, const struct config *config, int row,
                  const struct list_field *field);
struct option lists_option(const struct list_field *field);

/* 1: the key is of a list and was set; 0: it is not; -1 (78).  A list itself takes null
 * or
 * [] (no rows) and, where a row may be one word, that word (one row in place of
 * all). */
int lists_set(struct config *config, const char *key, const char *text,
              const char *origin, struct err *err);
/* "key: value" lines of all rows. */
void lists_dump(const struct config *config, struct str *out);
void lists_fini(struct config *config);

#endif
