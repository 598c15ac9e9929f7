/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what was put is found under its key and nothing else is, through growth; keys
 * are bytes, so empty ones, NULs and prefixes of each other are different keys. */
#include "src/base/map.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

static void test_odd_keys(void) {
    static const struct slice keys[] = {
        {"", 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"ab", 2}, {"\xff", 1}, {"##a", 3},
    };
    enum { N = sizeof keys / sizeof *keys };
    struct map map = {0};
    ok(map_find(&map, keys[0]) == NULL, "an empty map has not even the empty key");
    for (size_t i = 0; i < N; i++) {
        bool is_new = false;
        map_put(&map, keys[i], &is_new)->value = 10 + i;
        ok(is_new, "odd key %zu is new", i);
    }
    for (size_t i = 0; i < N; i++) {
        bool is_new = true;
        is_int((int64_t)map_put(&map, keys[i], &is_new)->value, (int64_t)(10 + i),
               "odd key %zu keeps its value", i);
        ok(!is_new, "odd key %zu is there already", i);
    }
    is_int((int64_t)map.count, N, "each counts once");
    ok(map_find(&map, slice_of("b")) == NULL, "a key never put is not found");
    ok(map_find(&map, slice_of("abc")) == NULL, "nor one that begins like another");
    map_fini(&map);
    ok(map.count == 0 && map.entries == NULL, "map_fini leaves an empty map");
}

static struct slice key_of(int i, char text[16]) {
    snprintf(text, 16, "key-%d", i);
    return slice_of(text);
}

static void test_growth(void) {
    enum { N = 20000 };
    struct map map = {0};
    char text[16];
    for (int i = 0; i < N; i++) {
        map_put(&map, key_of(i, text), NULL)->value = (uint64_t)i;
        memset(text, 'x', sizeof text); /* the map must have its own copy */
    }
    int wrong = 0, ghosts = 0;
    for (int i = 0; i < N; i++) {
        const struct map_entry *e = map_find(&map, key_of(i, text));
        wrong += e == NULL || e->value != (uint64_t)i;
        ghosts += map_find(&map, key_of(N + i, text)) != NULL;
    }
    is_int(wrong, 0, "all of %d are found with their values", N);
    is_int(ghosts, 0, "none of %d others is", N);
    is_int((int64_t)map.count, N, "count");
    ok(8 * map.count <= 5 * map.capacity, "at most 5/8 full");
    ok((map.capacity & (map.capacity - 1)) == 0, "capacity is a power of two");
    size_t used = 0;
    for (size_t i = 0; i < map.capacity; i++)
        used += map.entries[i].key != NULL;
    is_int((int64_t)used, N, "a walk over the entries meets each once");
    map_fini(&map);
}

/* What was said must hold while the table is there twice. */
static void test_next_bytes(void) {
    struct map map = {0};
    char text[16];
    int wrong = 0;
    is_int((int64_t)map_next_bytes(&map), 0, "nothing yet");
    for (int i = 0; i < 1000; i++) {
        size_t before = map.capacity, said = map_next_bytes(&map);
        map_put(&map, key_of(i, text), NULL);
        size_t slots = map.capacity == before ? before : before + map.capacity;
        wrong += before > 0 && slots * sizeof *map.entries > said;
        wrong += slots * sizeof *map.entries + map.keys.used_bytes < said;
    }
    is_int(wrong, 0, "as many bytes as were said before");
    map_fini(&map);
}

int main(void) {
    test_odd_keys();
    test_growth();
    test_next_bytes();
    return tap_done();
}
