/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over rows: see rows.h. */
#include "src/model/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"

static int64_t letter(const struct shape *shape, char c) {
    switch (c) {
    case 'H': return shape->H;
    case 'E': return shape->E;
    case 'W': return shape->A * shape->D;
    case 'F': return shape->F;
    case 'V': return shape->V;
    case 'P': return shape->P;
    case 'S': return shape->S;
    case 'C': return shape->C;
    case 'K': return shape->K;
    }
    die("no shape letter '%c'", c);
}

static int64_t size_of(const struct shape *shape, const char *size) {
    char *rest;
    if (size == NULL)
        return 0;
    int64_t times = strtoll(size, &rest, 10);
    if (rest == size)
        return letter(shape, *size);
    return *rest ? times * letter(shape, *rest) : times;
}

static void full_name(char name[TENSOR_NAME_SIZE], const char *prefix,
                      const char *rest) {
    int size = snprintf(name, TENSOR_NAME_SIZE, "%s%s", prefix, rest);
    CHECK(size > 0 && size < TENSOR_NAME_SIZE);
}

void rows_add(const struct row *rows, const char *prefix, const struct shape *shape,
              struct params_table *table) {
    for (const struct row *row = rows; row && row->name; row++) {
        char name[TENSOR_NAME_SIZE];
        full_name(name, prefix, row->name);
        params_table_add(table, name, size_of(shape, row->rows),
                         size_of(shape, row->columns), row->first, row->decay);
        table->tensors[table->count - 1].hidden = row->hidden;
    }
}

size_t rows_find(const struct row *rows, const char *prefix, const struct shape *shape,
                 const struct params_table *table, size_t at, void *part) {
    for (const struct row *row = rows; row && row->name; row++) {
        char name[TENSOR_NAME_SIZE];
        full_name(name, prefix, row->name);
        const struct tensor *tensor = params_find(table, name);
        CHECK(tensor && tensor->offset == at);
        CHECK(tensor->shape[0] == size_of(shape, row->rows));
        CHECK(tensor->rank == 1 || tensor->shape[1] == size_of(shape, row->columns));
        if (row->member != ROW_FOLLOWS)
            memcpy((char *)part + row->member, &at, sizeof at);
        at += tensor->count;
    }
    return at;
}

size_t rows_begin(const struct row *rows, const char *prefix,
                  const struct params_table *table) {
    char name[TENSOR_NAME_SIZE];
    full_name(name, prefix, rows->name);
    const struct tensor *tensor = params_find(table, name);
    CHECK(tensor);
    return tensor->offset;
}

bool rows_any(const struct row *rows, const char *prefix,
              const struct params_table *table) {
    for (const struct row *row = rows; row && row->name; row++) {
        char name[TENSOR_NAME_SIZE];
        full_name(name, prefix, row->name);
        if (params_find(table, name))
            return true;
    }
    return false;
}
