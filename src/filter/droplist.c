/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted array of one number a document: 8 bytes each, whatever the names are. */
#include "src/filter/droplist.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/filter/list.h"

enum { ORDINAL_BITS = 40 };

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The digits after the tab; false if they are not a number that a shard can hold. */
static bool read_ordinal(struct slice digits, uint64_t *ordinal) {
    *ordinal = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char c = digits.data[i];
        if (c < '0' || c > '9' || *ordinal >> (ORDINAL_BITS - 4) != 0)
            return false;
        *ordinal = 10 * *ordinal + (uint64_t)(c - '0');
    }
    return digits.size > 0;
}

static void add(struct droplist *list, struct slice shard, uint64_t ordinal) {
    struct map_entry *entry = map_put(&list->shards, shard, NULL);
    if (entry->value == 0)
        entry->value = list->shards.count;
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 1024;
        list->drops = mem_resize(list->drops, list->room, sizeof *list->drops);
    }
    list->drops[list->count++] = entry->value << ORDINAL_BITS | ordinal;
}

static int read_lines(struct droplist *list, struct slice rest, const char *path,
                      struct err *err) {
    struct slice line;
    for (size_t number = 1; slice_line(&rest, &line); number++) {
        const char *tab = line.size > 0 ? memrchr(line.data, '\t', line.size) : NULL;
        size_t name = tab ? (size_t)(tab - line.data) : 0;
        uint64_t ordinal;
        if (name == 0 ||
            !read_ordinal((struct slice){tab + 1, line.size - name - 1}, &ordinal))
            return err_set(err, ERR_DATA,
                           "filter.drop_list: %s:%zu: is not a shard's name, a tab and "
                           "the number of a document; make the list again",
                           path, number);
        add(list, (struct slice){line.data, name}, ordinal);
    }
    return 0;
}

int droplist_read(struct droplist *list, const char *path, struct err *err) {
    struct word_list file;
    int rc = list_read(&file, "filter.drop_list", path, err);
    if (rc == 0)
        rc = read_lines(list, str_slice(&file.text), path, err);
    list->hash = file.hash;
    list_fini(&file);
    if (rc == 0 && list->count > 1)
        qsort(list->drops, list->count, sizeof *list->drops, compare);
    return rc;
}

bool droplist_has(const struct droplist *list, const struct doc *doc) {
    const struct map_entry *entry = map_find(&list->shards, slice_of(doc->shard));
    if (entry == NULL || list->count == 0)
        return false;
    uint64_t key = entry->value << ORDINAL_BITS | (uint64_t)doc->ordinal;
    return bsearch(&key, list->drops, list->count, sizeof key, compare) != NULL;
}

void droplist_fini(struct droplist *list) {
    map_fini(&list->shards);
    mem_free(list->drops);
    *list = (struct droplist){0};
}
