/* SPDX-License-Identifier: Apache-2.0 */
/* Large pages: see pages.h. */
#include "src/base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

size_t pages_round(size_t bytes) {
    return (bytes + PAGES_LARGE - 1) / PAGES_LARGE * PAGES_LARGE;
}

/* Addresses alone: of a range that is a page longer the ends are given back. */
static char *reserve(size_t bytes) {
    char *all = mmap(NULL, bytes + PAGES_LARGE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = (PAGES_LARGE - (uintptr_t)all % PAGES_LARGE) % PAGES_LARGE;
    if (before > 0)
        munmap(all, before);
    munmap(all + before + bytes, PAGES_LARGE - before);
    return all + before;
}

void *pages_map(size_t bytes, int file) {
    int kind = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    size_t whole = pages_round(bytes);
    char *at = reserve(whole);
    if (at == NULL)
        return NULL;
    if (mmap(at, whole, PROT_READ | PROT_WRITE, kind | MAP_FIXED, file, 0) == at) {
        (void)madvise(at, whole, MADV_HUGEPAGE); /* before the first touch */
        return at;
    }
    munmap(at, whole);
    return NULL;
}

void pages_unmap(void *pages, size_t bytes) { munmap(pages, pages_round(bytes)); }
