/* SPDX-License-Identifier: Apache-2.0 */
/* Raw words, counted before they are normalised: see rawwords.h.
 *
 * A text is cut where ASCII white space and ASCII punctuation stand.  That is exact,
 * for nothing reaches across such a byte: it is never part of a longer sequence (and
 * ends an ill-formed one), its combining class is 0, so that canonical order ends
 * there, lower case looks at one character alone, and words end at white space and
 * punctuation.  So the words of a text are the words of its raw words; and these
 * repeat, so that nearly all of them are found in a small table that stays in cache,
 * and cost no more than a comparison.  Long ones are not kept there but normalised at
 * once. */
#include "src/text/rawwords.h"

#include <string.h>

#include "src/base/mem.h"
#include "src/text/pretokenize.h"
#include "src/text/unicode.h"

enum { PARTS = 3, ROOM = 8 * PARTS }; /* bytes of a raw word and of its length */
enum { WAITING = 16 };                /* words between a look-up's begin and end */
enum { BREAK_SPACE = 1, BREAK_PUNCTUATION = 2 };

/* The bytes, zeros after them, and the length in the last one. */
struct raw_key {
    uint64_t part[PARTS];
};

struct raw_slot {
    struct raw_key key;
    uint64_t count; /* 0: free */
};

/* A word whose slots are on their way into the cache. */
struct raw_waiting {
    struct raw_key key;
    struct raw_slot *pair; /* NULL: none waits here */
};

struct rawwords {
    struct normalizer normalizer;
    rawwords_add_fn *add;
    void *context;
    struct raw_slot *slots; /* in pairs: a word lies in one of the two of its pair */
    size_t slot_count;      /* a power of two */
    struct raw_waiting waiting[WAITING];
    unsigned turn;
    uint64_t punctuation[128];
    uint8_t breaks[256];
    struct raw_key masks[ROOM], lengths[ROOM]; /* by length: ones where such a word has
                                                  bytes; the length where it stands */
};

static void make_tables(struct rawwords *raw) {
    for (int c = 0; c < 128; c++) {
        bool space = unicode_ascii[c] & UNICODE_SPACE,
             drop = unicode_ascii[c] & UNICODE_DROP;
        if (unicode_ascii[c] & UNICODE_PUNCTUATION)
            raw->breaks[c] = BREAK_PUNCTUATION;
        else if (space && !drop) /* the others vanish and join what is around them */
            raw->breaks[c] = BREAK_SPACE;
    }
    for (size_t size = 0; size < ROOM; size++) {
        memset(&raw->masks[size], 0xff, size);
        ((char *)&raw->lengths[size])[ROOM - 1] = (char)size;
    }
}

struct rawwords *rawwords_create(const struct normalizer_options *options,
                                 size_t table_bytes, rawwords_add_fn *add,
                                 void *context) {
    struct rawwords *raw = mem_alloc(1, sizeof *raw);
    normalizer_init(&raw->normalizer, options);
    raw->add = add;
    raw->context = context;
    raw->slot_count = 64;
    while (2 * raw->slot_count * sizeof *raw->slots <= table_bytes)
        raw->slot_count *= 2;
    raw->slots = mem_alloc(raw->slot_count, sizeof *raw->slots);
    make_tables(raw);
    return raw;
}

/* Tells of the words of a raw word that occurred `count` times. */
static void tell(struct rawwords *raw, struct slice text, uint64_t count) {
    normalizer_run(&raw->normalizer, text);
    struct slice rest = str_slice(&raw->normalizer.text), word;
    while (pretokenize_next(&rest, &word))
        raw->add(raw->context, word, count);
}

static void tell_slot(struct rawwords *raw, struct raw_slot *slot) {
    const char *bytes = (const char *)&slot->key;
    if (slot->count > 0)
        tell(raw, (struct slice){bytes, (unsigned char)bytes[ROOM - 1]}, slot->count);
    slot->count = 0;
}

/* The key of a word of less than ROOM bytes; up to `end` may be read. */
static struct raw_key key_of(const struct rawwords *raw, const char *word, size_t size,
                             const char *end) {
    struct raw_key key = {{0}};
    if (end - word >= ROOM) {
        memcpy(&key, word, ROOM);
        for (int i = 0; i < PARTS; i++)
            key.part[i] &= raw->masks[size].part[i];
    } else {
        memcpy(&key, word, size);
    }
    key.part[PARTS - 1] |= raw->lengths[size].part[PARTS - 1];
    return key;
}

static bool key_equal(const struct raw_key *a, const struct raw_key *b) {
    return ((a->part[0] ^ b->part[0]) | (a->part[1] ^ b->part[1]) |
            (a->part[2] ^ b->part[2])) == 0;
}

/* The first of the two slots of a key. */
static struct raw_slot *pair_of(const struct rawwords *raw, const struct raw_key *key) {
    uint64_t h = key->part[0] * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 29 ^ key->part[1]) * 0xBF58476D1CE4E5B9u;
    h = (h ^ h >> 32 ^ key->part[2]) * 0x94D049BB133111EBu;
    return &raw->slots[(size_t)(h >> 32) & (raw->slot_count - 2)];
}

/* A word that is not in its pair takes the place of the rarer one. */
static void replace(struct rawwords *raw, struct raw_slot *pair,
                    const struct raw_key *key) {
    struct raw_slot *slot = &pair[pair[1].count < pair[0].count];
    tell_slot(raw, slot);
    *slot = (struct raw_slot){*key, 1};
}

/* Ends a look-up. */
static void settle(struct rawwords *raw, const struct raw_waiting *word) {
    struct raw_slot *pair = word->pair;
    if (pair == NULL)
        return;
    if (key_equal(&pair[0].key, &word->key) && pair[0].count > 0)
        pair[0].count++;
    else if (key_equal(&pair[1].key, &word->key) && pair[1].count > 0)
        pair[1].count++;
    else
        replace(raw, pair, &word->key);
}

/* Begins one; the memory has the time of WAITING words to come. */
static void count_word(struct rawwords *raw, const char *word, size_t size,
                       const char *end) {
    if (size >= ROOM) {
        tell(raw, (struct slice){word, size}, 1);
        return;
    }
    struct raw_waiting *waiting = &raw->waiting[raw->turn++ % WAITING];
    settle(raw, waiting);
    waiting->key = key_of(raw, word, size, end);
    waiting->pair = pair_of(raw, &waiting->key);
    __builtin_prefetch(waiting->pair, 1);
}

void rawwords_count(struct rawwords *raw, struct slice text) {
    const char *p = text.size > 0 ? text.data : "", *end = p + text.size;
    while (p < end) {
        const char *word = p;
        uint8_t stop = 0;
        while (p < end && (stop = raw->breaks[(unsigned char)*p]) == 0)
            p++;
        if (p > word)
            count_word(raw, word, (size_t)(p - word), end);
        if (p < end && stop == BREAK_PUNCTUATION)
            raw->punctuation[(unsigned char)*p]++;
        p++;
    }
}

void rawwords_flush(struct rawwords *raw) {
    for (int i = 0; i < WAITING; i++) {
        settle(raw, &raw->waiting[i]);
        raw->waiting[i].pair = NULL;
    }
    for (size_t i = 0; i < raw->slot_count; i++)
        tell_slot(raw, &raw->slots[i]);
    for (int c = 0; c < 128; c++) {
        char byte = (char)c;
        if (raw->punctuation[c] > 0)
            tell(raw, (struct slice){&byte, 1}, raw->punctuation[c]);
        raw->punctuation[c] = 0;
    }
}

void rawwords_destroy(struct rawwords *raw) {
    if (raw == NULL)
        return;
    normalizer_fini(&raw->normalizer);
    mem_free(raw->slots);
    mem_free(raw);
}
