/* SPDX-License-Identifier: Apache-2.0 */
/* Ids with their places: see offsets.h.
 *
 * Normalisation looks at no more of a text than a character with the marks after it: a
 * cluster.  So clusters are normalised one by one, every byte of what comes out is of
 * the cluster that it came from, and words and pieces are then found in it as ever. */
#include "src/text/offsets.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/pretokenize.h"
#include "src/text/unicode.h"
#include "src/text/wordpiece.h"

struct offsets {
    const struct vocab *vocab;
    struct normalizer normalizer; /* of one cluster */
    struct wordpiece *wordpiece;
    struct str normal;     /* the whole text, normalised */
    struct reach *sources; /* (normal.size) the cluster of each of its bytes */
    size_t source_room;
    struct reach *places; /* of the ids */
    size_t place_count, place_room;
};

struct offsets *offsets_create(const struct vocab *vocab,
                               const struct normalizer_options *options) {
    struct offsets *o = mem_alloc(1, sizeof *o);
    o->vocab = vocab;
    normalizer_init(&o->normalizer, options);
    o->wordpiece = wordpiece_create(vocab);
    return o;
}

/* ---- clusters ---- */

/* Whether a character is no text: nothing is made of it. */
static bool is_dropped(const struct offsets *o, uint32_t scalar) {
    return o->normalizer.options.clean_text && unicode_of(scalar)->flags & UNICODE_DROP;
}

/* Whether a character goes with the one before it: it is a mark, or is no text. */
static bool goes_on(const struct offsets *o, uint32_t scalar) {
    const struct unicode_record *record = unicode_of(scalar);
    return record->combining != 0 || record->flags & UNICODE_MARK ||
           is_dropped(o, scalar);
}

/* Takes the next cluster off *rest. */
static struct slice take_cluster(const struct offsets *o, struct slice *rest) {
    const char *p = rest->data, *end = p + rest->size;
    while (p < end) {
        uint32_t scalar;
        int n = utf8_decode(p, end, &scalar);
        if (n > 0 && p > rest->data && !goes_on(o, scalar))
            break;
        p += n > 0 ? n : -n;
    }
    struct slice cluster = {rest->data, (size_t)(p - rest->data)};
    *rest = (struct slice){p, (size_t)(end - p)};
    return cluster;
}

/* A cluster without what is dropped at its end: a place that ended with it would end
 * with a character that nobody sees. */
static size_t seen_size(const struct offsets *o, struct slice cluster) {
    const char *p = cluster.data, *end = p + cluster.size, *seen = p;
    while (p < end) {
        uint32_t scalar;
        int n = utf8_decode(p, end, &scalar);
        p += n > 0 ? n : -n;
        if (n > 0 && !is_dropped(o, scalar))
            seen = p;
    }
    return (size_t)(seen - cluster.data);
}

static void add_normal(struct offsets *o, struct reach source) {
    const struct str *text = &o->normalizer.text;
    size_t size = o->normal.size + text->size;
    if (size > o->source_room) {
        o->source_room = 2 * size;
        o->sources = mem_resize(o->sources, o->source_room, sizeof *o->sources);
    }
    for (size_t i = o->normal.size; i < size; i++)
        o->sources[i] = source;
    str_append(&o->normal, text->data, text->size);
}

static void normalize(struct offsets *o, struct slice text) {
    struct slice rest = text;
    str_clear(&o->normal);
    while (rest.size > 0) {
        struct slice cluster = take_cluster(o, &rest);
        size_t begin = (size_t)(cluster.data - text.data);
        normalizer_run(&o->normalizer, cluster);
        add_normal(o, (struct reach){begin, begin + seen_size(o, cluster)});
    }
    str_reserve(&o->normal, WORDPIECE_PADDING);
    memset(o->normal.data + o->normal.size, 0, WORDPIECE_PADDING);
}

/* ---- pieces ---- */

static void add_place(struct offsets *o, struct reach place) {
    if (o->place_count == o->place_room) {
        o->place_room = o->place_room ? 2 * o->place_room : 256;
        o->places = mem_resize(o->places, o->place_room, sizeof *o->places);
    }
    o->places[o->place_count++] = place;
}

/* Bytes of a word that a piece of it has; [UNK] has all. */
static size_t piece_size(const struct offsets *o, int32_t id, size_t word) {
    if (id == o->vocab->unk)
        return word;
    return o->vocab->tokens[id].size - (o->vocab->continues[id] ? 2 : 0);
}

/* The places of a word's pieces. */
static void place_word(struct offsets *o, struct slice word, const int32_t *ids,
                       size_t count) {
    size_t at = (size_t)(word.data - o->normal.data), end = at + word.size;
    for (size_t i = 0; i < count; i++) {
        size_t size = piece_size(o, ids[i], word.size);
        CHECK(size > 0 && at + size <= end);
        add_place(o,
                  (struct reach){o->sources[at].begin, o->sources[at + size - 1].end});
        at += size;
    }
}

const struct reach *offsets_encode(struct offsets *o, struct slice text,
                                   struct ids *ids) {
    struct slice rest, word;
    o->place_count = 0;
    normalize(o, text);
    rest = str_slice(&o->normal);
    while (pretokenize_next(&rest, &word)) {
        size_t first = ids->count;
        wordpiece_encode(o->wordpiece, word, ids);
        place_word(o, word, ids->data + first, ids->count - first);
    }
    return o->places;
}

void offsets_destroy(struct offsets *o) {
    if (o == NULL)
        return;
    normalizer_fini(&o->normalizer);
    wordpiece_destroy(o->wordpiece);
    str_fini(&o->normal);
    mem_free(o->sources);
    mem_free(o->places);
    mem_free(o);
}
