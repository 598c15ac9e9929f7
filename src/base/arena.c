/* SPDX-License-Identifier: Apache-2.0 */
/* A bump allocator in blocks: see arena.h. */
#include "src/base/arena.h"

#include <stdint.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"

/* Each block is twice the one before: a small arena costs little. */
enum { BLOCK_BYTES_MIN = 4 << 10, BLOCK_BYTES_MAX = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(64) char data[];
};

static struct arena_block *block_add(struct arena *arena, size_t at_least) {
    size_t size = arena->blocks ? 2 * arena->blocks->size : BLOCK_BYTES_MIN;
    size = size > BLOCK_BYTES_MAX ? BLOCK_BYTES_MAX : size;
    size = size < at_least ? at_least : size;
    struct arena_block *block = mem_alloc(sizeof *block + size, 1);
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size, size_t align) {
    CHECK(align > 0 && align <= 64 && (align & (align - 1)) == 0);
    struct arena_block *block = arena->blocks;
    size_t start = block ? (block->used + align - 1) & ~(align - 1) : 0;
    if (block == NULL || start + size > block->size) {
        block = block_add(arena, size);
        start = 0;
    }
    block->used = start + size;
    arena->used_bytes += size;
    return block->data + start;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t size) {
    char *copy = arena_alloc(arena, size + 1, 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

void arena_fini(struct arena *arena) {
    while (arena->blocks) {
        struct arena_block *next = arena->blocks->next;
        mem_free(arena->blocks);
        arena->blocks = next;
    }
    arena->used_bytes = 0;
}
