/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of raw words seen before: memory of fixed size, which never changes what
 * comes out, only when.  Two tables: words of up to 15 bytes and 4 ids, which nearly
 * all are, and, for those that this one cannot hold, up to 31 bytes and 8 ids.  Ids are
 * packed: the first has their number in its upper 8 bits. */
#ifndef MPIBERT_TEXT_WORDCACHE_H
#define MPIBERT_TEXT_WORDCACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "src/base/str.h"

enum {
    WORDCACHE_READS = 16, /* bytes that are read at a word, whatever its size */
    WORDCACHE_SHORT_SIZE = 15,
    WORDCACHE_SHORT_IDS = 4,
    WORDCACHE_SHORT_BITS = 17, /* slots: 2 to this */
    WORDCACHE_LONG_SIZE = 31,
    WORDCACHE_LONG_IDS = 8,
    WORDCACHE_LONG_BITS = 15,
};

/* A short word, zeros after it, its size in the last byte.  Of a longer one no more
 * than that it is longer: no slot has that key. */
struct word_key {
    uint64_t half[2];
};

struct short_slot {
    struct word_key key;              /* zeros: free */
    int32_t ids[WORDCACHE_SHORT_IDS]; /* packed; more than fit: look among the long */
};

struct long_slot {
    char bytes[WORDCACHE_LONG_SIZE];
    uint8_t size; /* 0: free */
    int32_t ids[WORDCACHE_LONG_IDS];
};

struct wordcache {
    struct short_slot *shorts; /* owned, as is: buckets of two */
    struct long_slot *longs;
};

void wordcache_init(struct wordcache *cache);
/* The memory that any of them holds. */
size_t wordcache_bytes(void);
/* The packed ids of a long word, or of a short one with more ids than fit; NULL: not
 * known. */
const int32_t *wordcache_find_long(const struct wordcache *cache, struct slice word);
/* Remembers the ids of a word (not empty) unless they do not fit. */
void wordcache_insert(struct wordcache *cache, struct slice word, const int32_t *ids,
                      size_t count);
void wordcache_fini(struct wordcache *cache);

/* ---- what is done for every word ---- */

static inline struct word_key wordcache_key(const char *word, size_t size) {
    static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255};
    struct word_key key, mask;
    bool fits = size <= WORDCACHE_SHORT_SIZE;
    memcpy(&key, word, sizeof key);
    memcpy(&mask, masks + 16 - (fits ? size : 0), sizeof mask);
    key.half[0] &= mask.half[0];
    key.half[1] = (key.half[1] & mask.half[1]) | (uint64_t)(fits ? size : 16) << 56;
    return key;
}

/* Products: their upper bits depend on all bits of the factors. */
static inline struct short_slot *wordcache_bucket(const struct wordcache *cache,
                                                  struct word_key key) {
    uint64_t x = key.half[0] * 0x9E3779B97F4A7C15u + key.half[1] * 0xC2B2AE3D27D4EB4Fu;
    x = (x ^ x >> 32) * 0x9E3779B97F4A7C15u;
    return &cache->shorts[x >> (65 - WORDCACHE_SHORT_BITS) << 1];
}

static inline bool wordcache_same(struct word_key a, struct word_key b) {
    return ((a.half[0] ^ b.half[0]) | (a.half[1] ^ b.half[1])) == 0;
}

/* The packed ids of a short word in its bucket, or NULL. */
static inline const int32_t *wordcache_find(const struct short_slot *bucket,
                                            struct word_key key) {
    const struct short_slot *slot = bucket + wordcache_same(bucket[1].key, key);
    return wordcache_same(slot->key, key) ? slot->ids : NULL;
}

static inline size_t wordcache_count(const int32_t *packed) {
    return (uint32_t)packed[0] >> 24;
}

/* Writes `room` ids, of which the first so many count. */
static inline size_t wordcache_unpack(const int32_t *packed, int32_t *ids,
                                      size_t room) {
    memcpy(ids, packed, room * sizeof *ids);
    ids[0] &= 0xFFFFFF;
    return wordcache_count(packed);
}

#endif
