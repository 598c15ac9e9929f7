/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation: see mem.h. */
#include "src/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/die.h"

static size_t bytes_of(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - (4 << 20))
        die("memory: %zu × %zu bytes asked for", count, size);
    return bytes ? bytes : 1;
}

void *mem_alloc(size_t count, size_t size) {
    size_t bytes = (bytes_of(count, size) + 63) & ~(size_t)63;
    void *block = aligned_alloc(64, bytes);
    if (block == NULL)
        die("out of memory: %zu bytes asked for", bytes);
    return memset(block, 0, bytes);
}

/* The advice must come before the first touch. */
void *mem_alloc_huge(size_t count, size_t size) {
    const size_t page = (size_t)2 << 20;
    if (bytes_of(count, size) < page)
        return mem_alloc(count, size);
    size_t bytes = (bytes_of(count, size) + page - 1) / page * page;
    void *block = aligned_alloc(page, bytes);
    if (block == NULL)
        die("out of memory: %zu bytes asked for", bytes);
    (void)madvise(block, bytes, MADV_HUGEPAGE);
    return memset(block, 0, bytes);
}

void *mem_resize(void *block, size_t count, size_t size) {
    size_t bytes = bytes_of(count, size);
    void *moved = realloc(block, bytes);
    if (moved == NULL)
        die("out of memory: %zu bytes asked for", bytes);
    return moved;
}

void mem_free(void *block) { free(block); }

char *mem_string(const char *string) { return mem_copy(string, strlen(string) + 1); }

void *mem_copy(const void *block, size_t size) {
    void *copy = mem_alloc(size, 1);
    if (size > 0)
        memcpy(copy, block, size);
    return copy;
}
