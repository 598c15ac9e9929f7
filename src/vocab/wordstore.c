/* SPDX-License-Identifier: Apache-2.0 */
/* The store: see wordstore.h.  When the table would outgrow its limit, its entries are
 * sorted where they lie and written as a run; a walk merges the runs through a heap, so
 * that a word that is in several of them comes once. */
#include "src/vocab/wordstore.h"

#include <stdlib.h>

#include "src/base/mem.h"

void wordstore_init(struct wordstore *store, size_t limit_bytes, const char *folder) {
    *store = (struct wordstore){.limit_bytes = limit_bytes, .folder = folder};
}

/* ---- runs, merged ---- */

static struct slice run_word(const struct wordstore *store, int place) {
    return str_slice(&store->runs[store->heap[place]].word);
}

static void sift_down(struct wordstore *store, int i) {
    int moving = store->heap[i];
    struct slice word = str_slice(&store->runs[moving].word);
    for (int child = 2 * i + 1; child < store->heap_count; child = 2 * i + 1) {
        if (child + 1 < store->heap_count &&
            wordrun_compare(run_word(store, child + 1), run_word(store, child)) < 0)
            child++;
        if (wordrun_compare(run_word(store, child), word) >= 0)
            break;
        store->heap[i] = store->heap[child];
        i = child;
    }
    store->heap[i] = moving;
}

static int merge_begin(struct wordstore *store, struct err *err) {
    store->heap_count = 0;
    for (int i = 0; i < store->run_count; i++) {
        if (wordrun_rewind(&store->runs[i], err) < 0)
            return -1;
        int rc = wordrun_next(&store->runs[i], err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            store->heap[store->heap_count++] = i;
    }
    for (int i = store->heap_count / 2; i-- > 0;)
        sift_down(store, i);
    return 0;
}

/* Steps the run on top. */
static int merge_step(struct wordstore *store, struct err *err) {
    int rc = wordrun_next(&store->runs[store->heap[0]], err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        store->heap[0] = store->heap[--store->heap_count];
    if (store->heap_count > 0)
        sift_down(store, 0);
    return 0;
}

static int merge_next(struct wordstore *store, struct slice *word, uint64_t *count,
                      struct err *err) {
    if (store->heap_count == 0)
        return 0;
    struct slice top = run_word(store, 0);
    str_clear(&store->word);
    str_append(&store->word, top.data, top.size);
    *word = str_slice(&store->word);
    *count = 0;
    do {
        *count += store->runs[store->heap[0]].count;
        if (merge_step(store, err) < 0)
            return -1;
    } while (store->heap_count > 0 && slice_equal(run_word(store, 0), *word));
    return 1;
}

/* ---- spilling ---- */

static void close_runs(struct wordstore *store) {
    for (int i = 0; i < store->run_count; i++)
        wordrun_close(&store->runs[i]);
    store->run_count = 0;
}

/* All runs into one. */
static int merge_runs(struct wordstore *store, struct err *err) {
    struct wordrun all;
    struct slice word;
    uint64_t count;
    if (wordrun_create(&all, store->folder, err) < 0)
        return -1;
    int rc = merge_begin(store, err);
    while (rc == 0 && (rc = merge_next(store, &word, &count, err)) > 0)
        rc = wordrun_put(&all, word, count, err);
    if (rc < 0) {
        wordrun_close(&all);
        return -1;
    }
    close_runs(store);
    store->runs[store->run_count++] = all;
    return 0;
}

static int by_word(const void *a, const void *b) {
    const struct map_entry *x = a, *y = b;
    return wordrun_compare((struct slice){x->key, x->key_size},
                           (struct slice){y->key, y->key_size});
}

/* Sorts the entries in place, which ends the table as a table. */
static size_t sort_entries(struct map *words) {
    size_t n = 0;
    for (size_t i = 0; i < words->capacity; i++)
        if (words->entries[i].key)
            words->entries[n++] = words->entries[i];
    if (n > 0)
        qsort(words->entries, n, sizeof *words->entries, by_word);
    return n;
}

static int spill(struct wordstore *store, struct err *err) {
    struct wordrun run;
    if (store->run_count == WORDSTORE_RUNS && merge_runs(store, err) < 0)
        return -1;
    if (wordrun_create(&run, store->folder, err) < 0)
        return -1;
    int rc = 0;
    size_t n = sort_entries(&store->words);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct map_entry *e = &store->words.entries[i];
        rc = wordrun_put(&run, (struct slice){e->key, e->key_size}, e->value, err);
    }
    map_fini(&store->words);
    store->runs[store->run_count++] = run;
    store->spills++;
    return rc;
}

int wordstore_add(struct wordstore *store, struct slice word, uint64_t count,
                  struct err *err) {
    size_t bytes = map_next_bytes(&store->words);
    if (bytes > store->limit_bytes && store->words.count > 0) {
        if (spill(store, err) < 0)
            return -1;
    } else if (bytes > store->peak_bytes) {
        store->peak_bytes = bytes;
    }
    map_put(&store->words, word, NULL)->value += count;
    return 0;
}

/* ---- a walk ---- */

int wordstore_begin(struct wordstore *store, struct err *err) {
    store->place = 0;
    if (store->run_count == 0)
        return 0;
    if (store->words.count > 0 && spill(store, err) < 0)
        return -1;
    return merge_begin(store, err);
}

int wordstore_next(struct wordstore *store, struct slice *word, uint64_t *count,
                   struct err *err) {
    if (store->run_count > 0)
        return merge_next(store, word, count, err);
    const struct map *words = &store->words;
    while (store->place < words->capacity) {
        const struct map_entry *e = &words->entries[store->place++];
        if (e->key == NULL)
            continue;
        *word = (struct slice){e->key, e->key_size};
        *count = e->value;
        return 1;
    }
    return 0;
}

void wordstore_fini(struct wordstore *store) {
    close_runs(store);
    map_fini(&store->words);
    str_fini(&store->word);
    *store = (struct wordstore){0};
}
