/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of two: what came first stays, as frequent words come early, and the second
 * place is for the last comer.  So what is in the cache follows from the text alone. */
#include "src/text/wordcache.h"

#include "src/base/hash.h"
#include "src/base/mem.h"

_Static_assert(sizeof(struct short_slot) == 32, "a bucket is a line of 64 bytes");
_Static_assert(sizeof(struct long_slot) == 64, "a slot is a line of 64 bytes");

enum { SHORTS = 1 << WORDCACHE_SHORT_BITS, LONGS = 1 << WORDCACHE_LONG_BITS };

void wordcache_init(struct wordcache *cache) {
    cache->shorts = mem_map(SHORTS, sizeof *cache->shorts);
    cache->longs = mem_map(LONGS, sizeof *cache->longs);
}

size_t wordcache_bytes(void) {
    return SHORTS * sizeof(struct short_slot) + LONGS * sizeof(struct long_slot);
}

static struct long_slot *long_bucket(const struct wordcache *cache, struct slice word) {
    uint64_t hash = hash64(word.data, word.size, 0);
    return &cache->longs[hash >> (65 - WORDCACHE_LONG_BITS) << 1];
}

static bool long_holds(const struct long_slot *slot, struct slice word) {
    return slot->size == word.size && memcmp(slot->bytes, word.data, word.size) == 0;
}

const int32_t *wordcache_find_long(const struct wordcache *cache, struct slice word) {
    if (word.size > WORDCACHE_LONG_SIZE)
        return NULL;
    const struct long_slot *slot = long_bucket(cache, word);
    slot += long_holds(&slot[1], word);
    return long_holds(slot, word) ? slot->ids : NULL;
}

/* Packs as many ids as there is room for. */
static void pack(int32_t *packed, size_t room, const int32_t *ids, size_t count) {
    packed[0] = 0;
    if (count > 0)
        memcpy(packed, ids, (count < room ? count : room) * sizeof *ids);
    packed[0] |= (int32_t)(count << 24);
}

static void insert_short(struct wordcache *cache, struct slice word, const int32_t *ids,
                         size_t count) {
    char bytes[WORDCACHE_READS] = {0};
    memcpy(bytes, word.data, word.size);
    struct word_key key = wordcache_key(bytes, word.size);
    struct short_slot *slot = wordcache_bucket(cache, key);
    slot += slot->key.half[1] != 0 && !wordcache_same(slot->key, key);
    slot->key = key;
    pack(slot->ids, WORDCACHE_SHORT_IDS, ids, count);
}

static void insert_long(struct wordcache *cache, struct slice word, const int32_t *ids,
                        size_t count) {
    struct long_slot *slot = long_bucket(cache, word);
    slot += slot->size != 0;
    memcpy(slot->bytes, word.data, word.size);
    slot->size = (uint8_t)word.size;
    pack(slot->ids, WORDCACHE_LONG_IDS, ids, count);
}

void wordcache_insert(struct wordcache *cache, struct slice word, const int32_t *ids,
                      size_t count) {
    bool is_short = word.size <= WORDCACHE_SHORT_SIZE;
    if (word.size > WORDCACHE_LONG_SIZE || count > WORDCACHE_LONG_IDS)
        return;
    if (is_short)
        insert_short(cache, word, ids, count);
    if (!is_short || count > WORDCACHE_SHORT_IDS)
        insert_long(cache, word, ids, count);
}

void wordcache_fini(struct wordcache *cache) {
    mem_unmap(cache->shorts, SHORTS, sizeof *cache->shorts);
    mem_unmap(cache->longs, LONGS, sizeof *cache->longs);
    *cache = (struct wordcache){0};
}
