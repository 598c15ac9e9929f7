/* SPDX-License-Identifier: Apache-2.0 */
/* Many small things freed together.  Blocks never move, so pointers stay good. */
#ifndef MPIBERT_BASE_ARENA_H
#define MPIBERT_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

/* Zero it to begin. */
struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used_bytes;          /* in all blocks together */
};

/* Memory aligned to `align` (a power of two, at most 64), valid until arena_fini. */
void *arena_alloc(struct arena *arena, size_t size, size_t align);
/* A copy of bytes with a NUL after it. */
char *arena_copy(struct arena *arena, const void *bytes, size_t size);
void arena_fini(struct arena *arena);

#endif
