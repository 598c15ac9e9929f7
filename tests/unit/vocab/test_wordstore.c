/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: whatever the limit, down to one that spills every few words and more runs than
 * are kept, a walk must give what a plain table has: every word once, with its count;
 * also a second time, and after more was added.  A folder that is not there is an
 * error. */
#include "src/vocab/wordstore.h"

#include <string.h>

#include "src/base/rng.h"
#include "tests/tap.h"

/* A word of random length over few letters, bytes 0 and 255 among them. */
static struct slice random_word(struct rng *rng, char bytes[8]) {
    size_t size = 1 + rng_below(rng, 7);
    for (size_t i = 0; i < size; i++)
        bytes[i] = "ab\0\xff"[rng_below(rng, 4)];
    return (struct slice){bytes, size};
}

static void add_words(struct wordstore *store, struct map *plain, struct rng *rng,
                      int n) {
    struct err err;
    char bytes[8];
    int failed = 0;
    for (int i = 0; i < n; i++) {
        struct slice word = random_word(rng, bytes);
        uint64_t count = rng_below(rng, 3) ? 1 : (uint64_t)1 << 33;
        map_put(plain, word, NULL)->value += count;
        failed += wordstore_add(store, word, count, &err) < 0;
    }
    is_int(failed, 0, "%d words added", n);
}

static void compare(struct wordstore *store, const struct map *plain,
                    const char *when) {
    struct err err;
    struct slice word;
    uint64_t count;
    int64_t seen = 0, wrong = 0;
    int rc = wordstore_begin(store, &err);
    while (rc == 0 && (rc = wordstore_next(store, &word, &count, &err)) > 0) {
        const struct map_entry *e = map_find(plain, word);
        wrong += e == NULL || e->value != count;
        seen++;
        rc = 0;
    }
    is_int(rc, 0, "%s: the walk ends", when);
    is_int(seen, (int64_t)plain->count, "%s: as many words as there are", when);
    is_int(wrong, 0, "%s: each with its count", when);
}

static void test_limit(size_t limit, int words, bool spills) {
    struct wordstore store;
    struct map plain = {0};
    struct rng rng;
    rng_init(&rng, limit, RNG_TEST, 0, 0);
    wordstore_init(&store, limit, tap_folder());
    compare(&store, &plain, "nothing");
    add_words(&store, &plain, &rng, words);
    diag("limit %zu: %d runs, %d spills", limit, store.run_count, (int)store.spills);
    is_int(store.spills > 0, spills, "limit %zu spills or not", limit);
    compare(&store, &plain, "a walk");
    compare(&store, &plain, "another");
    add_words(&store, &plain, &rng, words / 3);
    compare(&store, &plain, "after more");
    ok(!spills || store.peak_bytes <= limit || limit < 8192, "%zu of %zu bytes",
       store.peak_bytes, limit);
    wordstore_fini(&store);
    map_fini(&plain);
}

static void test_faults(void) {
    struct wordstore store;
    struct err err = {0};
    int rc = 0;
    wordstore_init(&store, 1, "no/such/folder");
    is_int(wordstore_add(&store, slice_of("a"), 1, &err), 0, "the first needs no file");
    rc = wordstore_add(&store, slice_of("b"), 1, &err);
    is_int(rc, -1, "the next does");
    is_int(err.code, ERR_MISSING, "code");
    ok(strstr(err.text, "no/such/folder") != NULL, "text: %s", err.text);
    wordstore_fini(&store);
}

int main(void) {
    test_limit(1 << 30, 20000, false);
    test_limit(1 << 17, 20000, true);
    test_limit(1 << 13, 20000, true);
    test_limit(1, 1500, true);
    test_faults();
    return tap_done();
}
