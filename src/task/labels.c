/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: see labels.h. */
#include "src/task/labels.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/parse.h"

static int32_t add(struct labels *labels, struct slice name, struct slice words) {
    bool is_new;
    struct map_entry *entry = map_put(&labels->ids, name, &is_new);
    if (!is_new)
        return (int32_t)entry->value;
    int n = labels->count++;
    entry->value = (uint64_t)n;
    labels->names = mem_resize(labels->names, (size_t)n + 1, sizeof *labels->names);
    labels->words = mem_resize(labels->words, (size_t)n + 1, sizeof *labels->words);
    labels->names[n] = labels->words[n] = (struct str){0};
    str_append(&labels->names[n], name.data, name.size);
    str_append(&labels->words[n], words.data, words.size);
    return n;
}

int32_t labels_add(struct labels *labels, struct slice name) {
    return add(labels, name, name);
}

void labels_parse(struct labels *labels, const char *list) {
    struct slice rest = slice_of(list), row, name;
    while (slice_field(&rest, ' ', &row)) {
        if (row.size == 0)
            continue;
        slice_field(&row, '=', &name);
        add(labels, name, row.size > 0 ? row : name);
    }
}

int32_t labels_find(const struct labels *labels, struct slice name) {
    const struct map_entry *entry = map_find(&labels->ids, name);
    return entry ? (int32_t)entry->value : -1;
}

static int by_bytes(const void *a, const void *b) {
    const struct str *x = a, *y = b;
    size_t n = x->size < y->size ? x->size : y->size;
    int order = n > 0 ? memcmp(x->data, y->data, n) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static int by_number(const void *a, const void *b) {
    double x = 0, y = 0;
    parse_real(((const struct str *)a)->data, &x);
    parse_real(((const struct str *)b)->data, &y);
    return x != y ? (x > y) - (x < y) : by_bytes(a, b);
}

static bool are_numbers(const struct labels *labels) {
    double x;
    for (int i = 0; i < labels->count; i++)
        if (labels->names[i].size == 0 || parse_real(labels->names[i].data, &x) < 0)
            return false;
    return true;
}

void labels_sort(struct labels *labels, int32_t *numbers) {
    size_t n = (size_t)labels->count;
    struct labels sorted = {0};
    if (n == 0)
        return;
    struct str *names = mem_copy(labels->names, n * sizeof *names);
    qsort(names, n, sizeof *names, are_numbers(labels) ? by_number : by_bytes);
    for (size_t i = 0; i < n; i++)
        labels_add(&sorted, str_slice(&names[i]));
    for (size_t i = 0; i < n; i++)
        numbers[i] = labels_find(&sorted, str_slice(&labels->names[i]));
    mem_free(names);
    labels_fini(labels);
    *labels = sorted;
}

void labels_tell(const struct labels *labels, struct str *out) {
    enum { MOST = 12 };
    for (int i = 0; i < labels->count && i < MOST; i++)
        str_printf(out, "%s'%.*s'", i ? ", " : "", (int)labels->names[i].size,
                   labels->names[i].data ? labels->names[i].data : "");
    if (labels->count > MOST)
        str_printf(out, ", … (%d in all)", labels->count);
}

void labels_fini(struct labels *labels) {
    for (int i = 0; i < labels->count; i++) {
        str_fini(&labels->names[i]);
        str_fini(&labels->words[i]);
    }
    mem_free(labels->names);
    mem_free(labels->words);
    map_fini(&labels->ids);
    *labels = (struct labels){0};
}
