/* SPDX-License-Identifier: Apache-2.0 */
/* Names to numbers and back: see symbols.h. */
#include "src/text/symbols.h"

#include <string.h>

#include "src/base/mem.h"

uint32_t symbols_put(struct symbols *symbols, struct slice name) {
    bool is_new;
    struct map_entry *entry = map_put(&symbols->ids, name, &is_new);
    if (!is_new)
        return (uint32_t)entry->value;
    if (symbols->count == symbols->capacity) {
        symbols->capacity = symbols->capacity ? 2 * symbols->capacity : 1024;
        symbols->names =
            mem_resize(symbols->names, symbols->capacity, sizeof *symbols->names);
        symbols->counts =
            mem_resize(symbols->counts, symbols->capacity, sizeof *symbols->counts);
    }
    symbols->counts[symbols->count] = 0;
    symbols->names[symbols->count] = (struct slice){entry->key, entry->key_size};
    entry->value = symbols->count;
    return symbols->count++;
}

int symbols_compare(const struct symbols *symbols, uint32_t a, uint32_t b) {
    struct slice x = symbols->names[a], y = symbols->names[b];
    int order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

void symbols_fini(struct symbols *symbols) {
    mem_free(symbols->names);
    mem_free(symbols->counts);
    map_fini(&symbols->ids);
    *symbols = (struct symbols){0};
}
