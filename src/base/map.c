/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most 5/8 full: see map.h. */
#include "src/base/map.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

/* The slot where the key is or would be; the table is never full. */
static struct map_entry *probe(const struct map *map, struct slice key, uint64_t hash) {
    size_t mask = map->capacity - 1;
    uint32_t tag = (uint32_t)(hash >> 32);
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct map_entry *e = &map->entries[i];
        if (e->key == NULL)
            return e;
        if (e->tag == tag && e->key_size == key.size &&
            memcmp(e->key, key.data, key.size) == 0)
            return e;
    }
}

static uint64_t hash_of(struct slice key) { return hash64(key.data, key.size, 0); }

static void grow(struct map *map) {
    struct map old = *map;
    map->capacity = old.capacity ? 2 * old.capacity : 64;
    map->entries = mem_alloc(map->capacity, sizeof *map->entries);
    for (size_t i = 0; i < old.capacity; i++) {
        const struct map_entry *e = &old.entries[i];
        if (e->key) {
            struct slice key = {e->key, e->key_size};
            *probe(map, key, hash_of(key)) = *e;
        }
    }
    mem_free(old.entries);
}

struct map_entry *map_find(const struct map *map, struct slice key) {
    if (map->count == 0)
        return NULL;
    struct map_entry *e = probe(map, key, hash_of(key));
    return e->key ? e : NULL;
}

static bool is_full(const struct map *map) {
    return 8 * (map->count + 1) > 5 * map->capacity;
}

/* While it grows, the table is there once as it was and once twice as large. */
size_t map_next_bytes(const struct map *map) {
    size_t table = map->capacity * sizeof *map->entries;
    return (is_full(map) ? 3 * table : table) + map->keys.used_bytes;
}

struct map_entry *map_put(struct map *map, struct slice key, bool *is_new) {
    CHECK(key.size <= UINT32_MAX);
    if (is_full(map))
        grow(map);
    uint64_t hash = hash_of(key);
    struct map_entry *e = probe(map, key, hash);
    if (is_new)
        *is_new = e->key == NULL;
    if (e->key == NULL) {
        e->key = arena_copy(&map->keys, key.data, key.size);
        e->key_size = (uint32_t)key.size;
        e->tag = (uint32_t)(hash >> 32);
        map->count++;
    }
    return e;
}

void map_fini(struct map *map) {
    mem_free(map->entries);
    arena_fini(&map->keys);
    *map = (struct map){0};
}
