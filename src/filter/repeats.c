/* SPDX-License-Identifier: Apache-2.0 */
/* Repetition by hash: see repeats.h.  n words in a row can only be there twice if their
 * first n - 1 are.  So every n looks only at the places that were not alone at n - 1:
 * half of all words at 3, one in twenty at 5, none in most texts from there on.  That
 * is what makes nine looks at a text cost little more than one. */
#include "src/filter/repeats.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

struct seen {
    uint64_t hash; /* 0: free */
    uint32_t count, size;
};

static uint64_t never_zero(uint64_t hash) { return hash + (hash == 0); }

/* An empty table for so many. */
static void table_clear(struct repeats *r, size_t count) {
    r->capacity = 64;
    while (r->capacity < 2 * count)
        r->capacity *= 2;
    if (r->capacity > r->room) {
        mem_free(r->table);
        r->table = mem_alloc(r->capacity, sizeof *r->table);
        r->room = r->capacity;
        return;
    }
    memset(r->table, 0, r->capacity * sizeof *r->table);
}

static struct seen *table_find(struct repeats *r, uint64_t hash) {
    size_t mask = r->capacity - 1;
    size_t i = (hash ^ hash >> 32) & mask;
    while (r->table[i].hash != 0 && r->table[i].hash != hash)
        i = (i + 1) & mask;
    return &r->table[i];
}

/* How often the hash was there before; it is counted. */
static uint32_t table_add(struct repeats *r, uint64_t hash) {
    struct seen *seen = table_find(r, hash);
    seen->hash = hash;
    return seen->count++;
}

/* ---- lines and paragraphs ---- */

/* The next run of lines that are not blank. */
static bool paragraph_next(struct slice *rest, struct slice *paragraph) {
    struct slice line;
    const char *start = NULL, *end = NULL;
    while (slice_line(rest, &line)) {
        bool blank = slice_trim(line).size == 0;
        if (blank && start != NULL)
            break;
        if (blank)
            continue;
        start = start ? start : line.data;
        end = line.data + line.size;
    }
    if (start != NULL)
        *paragraph = (struct slice){start, (size_t)(end - start)};
    return start != NULL;
}

static size_t count_lines(struct slice text) {
    size_t count = 1;
    const char *p = text.data, *end = p + text.size;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        count++;
        p++;
    }
    return count;
}

static struct repeat_share share_of(struct repeats *r, struct slice text,
                                    bool (*next)(struct slice *, struct slice *)) {
    struct slice rest = text, part;
    uint64_t count = 0, repeated = 0, bytes = 0, repeated_bytes = 0;
    table_clear(r, count_lines(text));
    while (next(&rest, &part)) {
        part = slice_trim(part);
        if (part.size == 0)
            continue;
        bool again = table_add(r, never_zero(hash64(part.data, part.size, 0))) > 0;
        count++;
        bytes += part.size;
        repeated += again;
        repeated_bytes += again ? part.size : 0;
    }
    if (count == 0)
        return (struct repeat_share){0, 0};
    return (struct repeat_share){(double)repeated / (double)count,
                                 (double)repeated_bytes / (double)bytes};
}

struct repeat_share repeats_lines(struct repeats *r, struct slice text) {
    return share_of(r, text, slice_line);
}

struct repeat_share repeats_paragraphs(struct repeats *r, struct slice text) {
    return share_of(r, text, paragraph_next);
}

/* ---- words in a row ---- */

static size_t gram_bytes(const struct slice *words, size_t place, int n) {
    size_t bytes = (size_t)n - 1; /* spaces */
    for (int i = 0; i < n; i++)
        bytes += words[place + (size_t)i].size;
    return bytes;
}

/* Fills the table with the n-grams at the places, and drops the places of those that
 * are there once.  Returns how many are left. */
static size_t keep_repeated(struct repeats *r, size_t count) {
    size_t kept = 0;
    table_clear(r, count);
    for (size_t i = 0; i < count; i++)
        table_add(r, r->hashes[r->places[i]]);
    for (size_t i = 0; i < count; i++)
        if (table_find(r, r->hashes[r->places[i]])->count > 1)
            r->places[kept++] = r->places[i];
    return kept;
}

/* Bytes that the commonest n-gram makes up; the longest one among equals. */
static size_t top_bytes(struct repeats *r, const struct slice *words, size_t count,
                        int n) {
    uint32_t most = 0;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t times = table_find(r, r->hashes[r->places[i]])->count;
        if (times < most)
            continue;
        size_t bytes = gram_bytes(words, r->places[i], n);
        longest = times > most || bytes > longest ? bytes : longest;
        most = times;
    }
    return most * longest;
}

/* Bytes of n-grams that were there before, walking from one to the next after it. */
static size_t repeated_bytes(struct repeats *r, const struct slice *words, size_t count,
                             int n) {
    size_t bytes = 0, next = 0;
    table_clear(r, count);
    for (size_t i = 0; i < count; i++) {
        size_t place = r->places[i];
        if (place < next)
            continue;
        if (table_add(r, r->hashes[place]) == 0)
            continue;
        bytes += gram_bytes(words, place, n);
        next = place + (size_t)n;
    }
    return bytes;
}

/* From the hashes of n - 1 words to those of n.  Places too near the end drop out. */
static size_t lengthen(struct repeats *r, const uint64_t *last, size_t count,
                       size_t words, size_t n) {
    static const uint64_t odd = 0x9E3779B97F4A7C15;
    while (count > 0 && r->places[count - 1] + n > words)
        count--;
    for (size_t i = 0; i < count; i++) {
        size_t place = r->places[i];
        uint64_t hash = r->hashes[place] * odd + last[place + n - 1];
        r->hashes[place] = never_zero(hash ^ hash >> 29);
    }
    return count;
}

static void reserve(struct repeats *r, size_t words) {
    if (words <= r->word_room)
        return;
    r->word_room = 2 * words;
    r->hashes = mem_resize(r->hashes, 2 * r->word_room, sizeof *r->hashes);
    r->places = mem_resize(r->places, r->word_room, sizeof *r->places);
}

void repeats_grams(struct repeats *r, const struct slice *words, size_t count,
                   size_t text_bytes, double shares[GRAM_MOST + 1]) {
    CHECK(count < UINT32_MAX);
    reserve(r, count);
    uint64_t *single = r->hashes + count; /* of each word; after those of n-grams */
    for (size_t i = 0; i < count; i++) {
        single[i] = r->hashes[i] = hash64(words[i].data, words[i].size, 0);
        r->places[i] = (uint32_t)i;
    }
    size_t left = count;
    for (int n = GRAM_LEAST; n <= GRAM_MOST; n++) {
        left = lengthen(r, single, left, count, (size_t)n);
        left = keep_repeated(r, left);
        size_t bytes = n <= GRAM_TOP ? top_bytes(r, words, left, n)
                                     : repeated_bytes(r, words, left, n);
        shares[n] = text_bytes > 0 ? (double)bytes / (double)text_bytes : 0;
    }
}

void repeats_fini(struct repeats *r) {
    mem_free(r->table);
    mem_free(r->hashes);
    mem_free(r->places);
    *r = (struct repeats){0};
}
