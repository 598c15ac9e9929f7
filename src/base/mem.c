/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation: see mem.h. */
#include "src/base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/die.h"
#include "src/base/pages.h"

static const double MiB = 1048576.0;
static atomic_size_t mapped_bytes;
static _Atomic(const char *) advice;

void mem_advise(const char *text) { atomic_store(&advice, text); }

const char *mem_advice(void) {
    const char *text = atomic_load(&advice);
    return text ? text : "give the job more memory, or start fewer ranks on a host";
}

static _Noreturn void fail(double bytes) {
    die("out of memory: a block of %.1f MiB was wanted, with %.0f MiB in large blocks "
        "before it; %s",
        bytes / MiB, (double)atomic_load(&mapped_bytes) / MiB, mem_advice());
}

static size_t bytes_of(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX - (4 << 20))
        fail((double)count * (double)size);
    return bytes ? bytes : 1;
}

void *mem_alloc(size_t count, size_t size) {
    size_t bytes = (bytes_of(count, size) + 63) & ~(size_t)63;
    void *block = aligned_alloc(64, bytes);
    if (block == NULL)
        fail((double)bytes);
    return memset(block, 0, bytes);
}

static void *map_pages(size_t bytes) {
    void *block = pages_map(bytes, -1);
    if (block == NULL)
        fail((double)bytes);
    return block;
}

/* Small blocks come from the heap, where sanitizers watch their ends. */
void *mem_map(size_t count, size_t size) {
    size_t bytes = bytes_of(count, size);
    void *block = bytes < PAGES_LARGE ? mem_alloc(bytes, 1) : map_pages(bytes);
    atomic_fetch_add(&mapped_bytes, bytes);
    return block;
}

bool mem_can_map(size_t bytes) {
    void *block = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return false;
    munmap(block, bytes ? bytes : 1);
    return true;
}

void mem_unmap(void *block, size_t count, size_t size) {
    size_t bytes = bytes_of(count, size);
    if (block == NULL)
        return;
    atomic_fetch_sub(&mapped_bytes, bytes);
    if (bytes < PAGES_LARGE)
        mem_free(block);
    else
        pages_unmap(block, bytes);
}

size_t mem_mapped(void) { return atomic_load(&mapped_bytes); }

void *mem_resize(void *block, size_t count, size_t size) {
    size_t bytes = bytes_of(count, size);
    void *moved = realloc(block, bytes);
    if (moved == NULL)
        fail((double)bytes);
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
