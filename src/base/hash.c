/* SPDX-License-Identifier: Apache-2.0 */
/* The only caller of xxhash: see hash.h. */
#include "src/base/hash.h"

#include <inttypes.h>
#include <stdio.h>
#if defined __x86_64__ && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the same hashes, by what the processor has */
#else
#include <xxhash.h>
#endif

#include "src/base/die.h"

uint64_t hash64(const void *bytes, size_t size, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, size, seed);
}

struct hash128 hash128(const void *bytes, size_t size) {
    XXH128_hash_t h = XXH3_128bits(bytes, size);
    return (struct hash128){h.low64, h.high64};
}

void hash_hex(struct hash128 hash, char hex[HASH_HEX_SIZE]) {
    snprintf(hex, HASH_HEX_SIZE, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
}

/* A struct hasher is xxhash's own state under our name. */
struct hasher *hasher_create(void) {
    XXH3_state_t *state = XXH3_createState();
    if (state == NULL)
        die("out of memory");
    XXH3_128bits_reset(state);
    return (struct hasher *)state;
}

void hasher_update(struct hasher *hasher, const void *bytes, size_t size) {
    XXH3_128bits_update((XXH3_state_t *)hasher, bytes, size);
}

struct hash128 hasher_digest(const struct hasher *hasher) {
    XXH128_hash_t h = XXH3_128bits_digest((const XXH3_state_t *)hasher);
    return (struct hash128){h.low64, h.high64};
}

void hasher_destroy(struct hasher *hasher) { XXH3_freeState((XXH3_state_t *)hasher); }
