/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3 behind one door: 64 bits for tables, 128 bits for proofs of identity. */
#ifndef MPIBERT_BASE_HASH_H
#define MPIBERT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash128 {
    uint64_t low, high;
};

enum { HASH_HEX_SIZE = 33 }; /* 32 hexadecimal digits and the NUL */

uint64_t hash64(const void *bytes, size_t size, uint64_t seed);
struct hash128 hash128(const void *bytes, size_t size);
/* Writes 32 lower-case hexadecimal digits, high word first, and a NUL. */
void hash_hex(struct hash128 hash, char hex[HASH_HEX_SIZE]);

/* A hash over pieces. */
struct hasher;
struct hasher *hasher_create(void);
void hasher_update(struct hasher *hasher, const void *bytes, size_t size);
struct hash128 hasher_digest(const struct hasher *hasher);
void hasher_destroy(struct hasher *hasher);

#endif
