/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting by bit algebra: a span starts where a covered byte follows an uncovered one,
 * or where it is forced to, before and after what stands alone; it ends where the next
 * starts or cover ends.  What is not ASCII goes character by character, only to ask
 * whether it stands alone.
 *
 * Why the ids of a span need nothing of its surroundings: the byte that it starts with
 * follows a whole character, or is none that could go on with one.  Of normalisation
 * only canonical order joins characters, marks up to the next starter; cuts are beside
 * characters that are starters and stay so.  Words end at white space and beside
 * punctuation, and cuts are at both and nowhere else.  Controls that are dropped join
 * what is around them, so they are letters here. */
#include "src/text/spans.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/text/unicode.h"

enum { STRETCH = 16 * BYTES64_SIZE - 1 }; /* looked at at once: its spans fit in L1 */

/* Whether a character is cut off from both neighbours and becomes itself. */
static bool stands_alone(uint32_t c, const struct normalizer_options *options) {
    const struct unicode_record *r = unicode_of(c);
    if (options->chinese_chars && r->flags & UNICODE_CJK)
        return true;
    bool itself = r->combining == 0 && r->decomposition_size == 0 && r->lower == 0 &&
                  !(r->flags & (UNICODE_MARK | UNICODE_DROP));
    return itself && r->flags & (UNICODE_SPACE | UNICODE_PUNCTUATION);
}

void spans_init(struct spans *spans, const struct normalizer *normalizer) {
    *spans = (struct spans){0};
    bytes64_init(&spans->classes, normalizer);
    for (uint32_t c = 0x80; c < 0x10000; c++)
        if (stands_alone(c, &normalizer->options))
            spans->alone[c / 64] |= (uint64_t)1 << c % 64;
}

static void reserve(struct spans *spans, size_t blocks) {
    if (blocks <= spans->capacity)
        return;
    size_t room = 2 * blocks, places = room * BYTES64_SIZE + BYTES64_SLACK;
    spans->bytes = mem_resize(spans->bytes, room * BYTES64_SIZE + SPANS_PADDING, 1);
    spans->start = mem_resize(spans->start, places, sizeof *spans->start);
    spans->end = mem_resize(spans->end, places, sizeof *spans->end);
    spans->blocks = mem_resize(spans->blocks, room, sizeof *spans->blocks);
    spans->starts = mem_resize(spans->starts, room, sizeof *spans->starts);
    spans->ends = mem_resize(spans->ends, room, sizeof *spans->ends);
    spans->capacity = room;
}

static inline bool follows(unsigned char byte) { return (byte & 0xC0) == 0x80; }

/* The size of the character of 2 or 3 bytes at p; 1 for any other byte.  *alone:
 * whether it stands alone. */
static inline int alone_at(const struct spans *spans, const unsigned char *p,
                           bool *alone) {
    uint32_t c = 0;
    int size = 1;
    if (p[0] >= 0xE0 && p[0] < 0xF0 && follows(p[1]) && follows(p[2])) {
        c = (p[0] & 0xFu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
        size = 3;
    } else if (p[0] >= 0xC2 && p[0] < 0xE0 && follows(p[1])) {
        c = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
        size = 2;
    }
    bool shortest = size == 2 || c >= 0x800;
    *alone = shortest && spans->alone[c / 64] >> c % 64 & 1;
    return size;
}

/* Bits where spans are forced to start around the wide characters that stand alone;
 * those in the next block are put into *next. */
static uint64_t force_wide(const struct spans *spans, const char *bytes, uint64_t wide,
                           uint64_t *next) {
    uint64_t forced = 0;
    while (wide != 0) {
        int at = __builtin_ctzll(wide);
        bool alone;
        int size = alone_at(spans, (const unsigned char *)bytes + at, &alone);
        unsigned __int128 pair = (unsigned __int128)((uint64_t)alone << size | alone)
                                 << at;
        forced |= (uint64_t)pair;
        *next |= (uint64_t)(pair >> 64);
        wide &= at + size < 64 ? ~(uint64_t)0 << (at + size) : 0;
    }
    return forced;
}

static void cut(struct spans *spans, struct slice text) {
    CHECK(text.size < UINT32_MAX);
    size_t blocks = text.size / BYTES64_SIZE + 1;
    reserve(spans, blocks);
    bytes64_classify(&spans->classes, text, spans->bytes, spans->blocks);
    memset(spans->bytes + blocks * BYTES64_SIZE, 0, SPANS_PADDING);
    uint64_t inside = 0, forced = 0;
    for (size_t i = 0; i < blocks; i++) {
        const struct bytes64 *block = &spans->blocks[i];
        uint64_t covered = ~block->space, before = covered << 1 | inside;
        uint64_t next = block->punctuation >> 63;
        forced |= block->punctuation | block->punctuation << 1;
        if (block->wide != 0)
            forced |=
                force_wide(spans, spans->bytes + i * BYTES64_SIZE, block->wide, &next);
        spans->starts[i] = covered & (~before | forced);
        spans->ends[i] = before & (~covered | spans->starts[i]);
        inside = covered >> 63;
        forced = next;
    }
    spans->count = bytes64_positions(spans->starts, blocks, spans->start);
    bytes64_positions(spans->ends, blocks, spans->end);
}

/* A span that reaches the end of what is looked at may go on after it: it is left for
 * the next time, or, if it is all there is, looked at with more after it. */
size_t spans_cut(struct spans *spans, struct slice text) {
    for (size_t size = STRETCH;; size *= 2) {
        cut(spans, (struct slice){text.data, size < text.size ? size : text.size});
        if (size >= text.size)
            return text.size;
        size_t last = spans->count - 1;
        if (spans->count == 0 || spans->end[last] < size)
            return size;
        if (spans->start[last] > 0) {
            spans->count = last;
            return spans->start[last];
        }
    }
}

void spans_fini(struct spans *spans) {
    mem_free(spans->bytes);
    mem_free(spans->start);
    mem_free(spans->end);
    mem_free(spans->blocks);
    mem_free(spans->starts);
    mem_free(spans->ends);
    *spans = (struct spans){0};
}
