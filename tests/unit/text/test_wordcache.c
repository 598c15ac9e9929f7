/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a word is found with its ids or not at all: at both limits of size and number,
 * with NULs after it, and after more words than there is room for, of which the last
 * must still be there. */
#include "src/text/wordcache.h"

#include "src/base/mem.h"
#include "tests/tap.h"

static const int32_t some[] = {7, (1 << 20) - 1, 0, 3, 4, 5, 6, 8, 9};

/* The number of ids, if they are right; -1: not known; -2: wrong. */
static int look(const struct wordcache *cache, struct slice word) {
    char bytes[64] = {0};
    int32_t ids[WORDCACHE_LONG_IDS];
    memcpy(bytes, word.data, word.size);
    struct word_key key = wordcache_key(bytes, word.size);
    const int32_t *packed = wordcache_find(wordcache_bucket(cache, key), key);
    size_t room = WORDCACHE_SHORT_IDS;
    if (packed == NULL || wordcache_count(packed) > room) {
        packed = wordcache_find_long(cache, word);
        room = WORDCACHE_LONG_IDS;
    }
    if (packed == NULL)
        return -1;
    size_t count = wordcache_unpack(packed, ids, room);
    return memcmp(ids, some, count * sizeof *ids) == 0 ? (int)count : -2;
}

static const struct {
    size_t size, count;
    int want;
} rows[] = {
    {1, 0, 0},  {1, 1, 1},  {15, 4, 4}, {15, 5, 5},  {15, 8, 8},  {15, 9, -1},
    {16, 0, 0}, {16, 4, 4}, {31, 8, 8}, {31, 9, -1}, {32, 1, -1}, {60, 1, -1},
};

static void test_rows(void) {
    char text[64];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wordcache cache;
        wordcache_init(&cache);
        struct slice word = {text, rows[i].size}, other = {text, rows[i].size + 1};
        is_int(look(&cache, word), -1, "row %zu: empty at first", i);
        wordcache_insert(&cache, word, some, rows[i].count);
        is_int(look(&cache, word), rows[i].want, "row %zu: found as put", i);
        text[rows[i].size] = '\0';
        is_int(look(&cache, other), -1, "row %zu: with a NUL it is another", i);
        text[rows[i].size] = 'a';
        wordcache_insert(&cache, word, some, rows[i].count);
        is_int(look(&cache, word), rows[i].want, "row %zu: twice is once", i);
        wordcache_fini(&cache);
    }
}

/* Numbers as words of `size` bytes: more than the cache has slots. */
static void test_full(size_t size, int64_t words) {
    struct wordcache cache;
    wordcache_init(&cache);
    char text[32] = {0};
    int64_t lost = 0, wrong = 0;
    for (int64_t i = 0; i < words; i++) {
        memcpy(text, &i, sizeof i);
        struct slice word = {text, size};
        wordcache_insert(&cache, word, some, (size_t)i % 4);
        wrong += look(&cache, word) != i % 4;
    }
    for (int64_t i = 0; i < words; i++) {
        memcpy(text, &i, sizeof i);
        int found = look(&cache, (struct slice){text, size});
        lost += found == -1;
        wrong += found != -1 && found != i % 4;
    }
    is_int(wrong, 0, "size %zu: no ids of another word, and the last is there", size);
    ok(lost > 0 && lost < words, "size %zu: %lld of %lld gave place", size,
       (long long)lost, (long long)words);
    wordcache_fini(&cache);
}

int main(void) {
    test_rows();
    test_full(8, 3 << WORDCACHE_SHORT_BITS);
    test_full(20, 3 << WORDCACHE_LONG_BITS);
    ok(wordcache_bytes() < (size_t)64 << 20, "%zu bytes are bounded",
       wordcache_bytes());
    return tap_done();
}
