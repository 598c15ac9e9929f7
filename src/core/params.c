/* SPDX-License-Identifier: Apache-2.0 */
/* The tensor table and its blocks: see params.h. */
#include "src/core/params.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

void params_table_add(struct params_table *table, const char *name, int64_t rows,
                      int64_t columns, enum first_value first, bool decay) {
    size_t n = (size_t)table->count + 1;
    table->tensors = mem_resize(table->tensors, n, sizeof *table->tensors);
    struct tensor *t = &table->tensors[table->count++];
    *t = (struct tensor){.rank = columns ? 2 : 1,
                         .shape = {rows, columns ? columns : 1},
                         .offset = table->total,
                         .count = (size_t)rows * (size_t)(columns ? columns : 1),
                         .first = first,
                         .decay = decay,
                         .rate = 1};
    int written = snprintf(t->name, sizeof t->name, "%s", name);
    CHECK(written > 0 && (size_t)written < sizeof t->name);
    table->total += t->count;
}

const struct tensor *params_find(const struct params_table *table, const char *name) {
    for (int i = 0; i < table->count; i++)
        if (strcmp(table->tensors[i].name, name) == 0)
            return &table->tensors[i];
    return NULL;
}

int params_at(const struct params_table *table, size_t element) {
    int low = 0, high = table->count - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (table->tensors[middle].offset <= element)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

void params_decay_all(struct params_table *table) {
    for (int i = 0; i < table->count; i++)
        table->tensors[i].decay = true;
}

void params_table_fini(struct params_table *table) {
    mem_free(table->tensors);
    *table = (struct params_table){0};
}

void params_init(struct params *params, const struct params_table *table) {
    params->table = table;
    params->data = mem_map(table->total, sizeof *params->data);
}

void params_fini(struct params *params) {
    if (params->data)
        mem_unmap(params->data, params->table->total, sizeof *params->data);
    *params = (struct params){0};
}
