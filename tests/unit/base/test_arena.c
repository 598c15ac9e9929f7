/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: pieces of an arena are aligned as asked, do not overlap, and stay where they
 * are however much comes after them. */
#include "src/base/arena.h"

#include <stdint.h>
#include <string.h>

#include "tests/tap.h"

enum { PIECES = 3000 };

static void test_pieces(void) {
    struct arena arena = {0};
    static unsigned char *piece[PIECES];
    static size_t size[PIECES];
    int crooked = 0, spoiled = 0;
    size_t sum = 0;
    for (size_t i = 0; i < PIECES; i++) {
        size_t align = (size_t)1 << (i % 7);
        size[i] = i * 7919 % 2500; /* 0 among them; 3.7 MB in all: several blocks */
        piece[i] = arena_alloc(&arena, size[i], align);
        crooked += (uintptr_t)piece[i] % align != 0;
        memset(piece[i], (int)(i % 251), size[i]);
        sum += size[i];
    }
    for (size_t i = 0; i < PIECES; i++)
        for (size_t j = 0; j < size[i]; j++)
            spoiled += piece[i][j] != i % 251;
    is_int(crooked, 0, "all are aligned");
    is_int(spoiled, 0, "none was written into by another");
    is_int((int64_t)arena.used_bytes, (int64_t)sum, "used_bytes is what was asked for");
    arena_fini(&arena);
    ok(arena.blocks == NULL && arena.used_bytes == 0, "fini leaves an empty arena");
}

static void test_large(void) {
    struct arena arena = {0};
    char *small = arena_copy(&arena, "small", 5);
    enum { LARGE = 5 << 20 };
    char *large = arena_alloc(&arena, LARGE, 64);
    memset(large, 'x', LARGE);
    is_str(small, "small", "a piece larger than a block harms nothing");
    ok((uintptr_t)large % 64 == 0, "and is aligned");
    arena_fini(&arena);
}

static void test_copy(void) {
    struct arena arena = {0};
    static const struct {
        const char *bytes;
        size_t size;
    } rows[] = {{"", 0}, {NULL, 0}, {"a", 1}, {"a\0b", 3}, {"not all", 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *copy = arena_copy(&arena, rows[i].bytes, rows[i].size);
        bool same = rows[i].size == 0 || memcmp(copy, rows[i].bytes, rows[i].size) == 0;
        ok(same && copy[rows[i].size] == '\0', "copy %zu, with its NUL", i);
    }
    arena_fini(&arena);
}

int main(void) {
    test_pieces();
    test_large();
    test_copy();
    return tap_done();
}
