/* SPDX-License-Identifier: Apache-2.0 */
/* A table from byte strings to 64-bit numbers: open addressing, keys kept in an
 * arena. */
#ifndef MPIBERT_BASE_MAP_H
#define MPIBERT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/arena.h"
#include "src/base/str.h"

struct map_entry {
    const char *key; /* NULL: free slot */
    uint32_t key_size;
    uint32_t tag; /* upper bits of the hash */
    uint64_t value;
};

/* Zero it to begin. */
struct map {
    struct map_entry *entries; /* capacity of them, in no order */
    size_t capacity;           /* 0 or a power of two */
    size_t count;
    struct arena keys;
};

/* The entry of a key, or NULL.  Valid until the next map_put. */
struct map_entry *map_find(const struct map *map, struct slice key);
/* The entry of a key, made with value 0 (and *is_new, which may be NULL, set) if it was
 * not there.  Valid until the next map_put. */
struct map_entry *map_put(struct map *map, struct slice key, bool *is_new);
/* The most memory that putting one more short key could take, growth included. */
size_t map_next_bytes(const struct map *map);
void map_fini(struct map *map);

#endif
