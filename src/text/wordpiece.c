/* SPDX-License-Identifier: Apache-2.0 */
/* WordPiece with two tables.  Most words of a text are one token: a hash
 * table of whole words up to 16 bytes answers those with one probe, the word itself
 * being two integers.  The others walk a trie over bytes, from the root of first pieces
 * and then from that of "##" pieces, and remember where they last stood on a token. The
 * trie is one hash table of edges, so that a step is a probe and building it needs no
 * lists of children.  Pieces end on character boundaries because tokens are well-formed
 * UTF-8. */
#include "src/text/wordpiece.h"

#include <stdbool.h>
#include <string.h>

#include "src/base/mem.h"

enum { ROOT_FIRST = 0, ROOT_NEXT = 1 };
enum { WHOLE_BYTES = 16 };

struct whole_slot {
    uint64_t half[2]; /* the word, zeros behind it */
    int32_t id;
    uint32_t size; /* of the word in bytes; 0: free */
};

/* An edge of the trie: from a node over a byte to another. */
struct edge {
    uint64_t key; /* edge_key of where it begins; 0: free */
    int32_t to;
    int32_t id; /* of the token that ends in `to`, or -1 */
};

struct wordpiece {
    int32_t unk;
    struct whole_slot *whole;
    size_t whole_mask; /* slots - 1 */
    struct edge *edges;
    size_t edge_mask;
    int32_t nodes;
};

/* A product's upper half depends on all bits of the factor, its lower half does not. */
static inline size_t mix(uint64_t x) {
    x *= 0x9E3779B97F4A7C15u;
    return (size_t)(x ^ x >> 32);
}

/* The slot where a word of at most 16 bytes is or would be; it reads all 16. */
static struct whole_slot *whole_probe(const struct wordpiece *w, struct slice word) {
    static const unsigned char masks[2 * WHOLE_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    };
    uint64_t half[2], mask[2];
    memcpy(half, word.data, WHOLE_BYTES);
    memcpy(mask, masks + WHOLE_BYTES - word.size, WHOLE_BYTES);
    half[0] &= mask[0], half[1] &= mask[1];
    for (size_t i = mix(half[0] ^ mix(half[1]));; i++) {
        struct whole_slot *slot = &w->whole[i & w->whole_mask];
        if (slot->size == 0 || (slot->size == word.size && slot->half[0] == half[0] &&
                                slot->half[1] == half[1]))
            return slot;
    }
}

static inline uint64_t edge_key(int32_t from, char byte) {
    return ((uint64_t)from + 1) << 8 | (unsigned char)byte;
}

/* The edge of a key, or the free slot where it belongs. */
static struct edge *edge_probe(const struct wordpiece *w, uint64_t key) {
    size_t i = mix(key) & w->edge_mask;
    while (w->edges[i].key != key && w->edges[i].key != 0)
        i = (i + 1) & w->edge_mask;
    return &w->edges[i];
}

/* A power of two that `count` things fill at most half. */
static size_t table_size(size_t count) {
    size_t size = 16;
    while (size < 2 * count)
        size *= 2;
    return size;
}

static void add_to_trie(struct wordpiece *w, int32_t root, struct slice piece,
                        int32_t id) {
    struct edge *edge = NULL;
    for (size_t i = 0; i < piece.size; i++) {
        int32_t from = edge ? edge->to : root;
        uint64_t key = edge_key(from, piece.data[i]);
        edge = edge_probe(w, key);
        if (edge->key == 0)
            *edge = (struct edge){key, w->nodes++, -1};
    }
    edge->id = id;
}

static void add_whole(struct wordpiece *w, struct slice word, int32_t id) {
    char padded[WHOLE_BYTES] = {0};
    memcpy(padded, word.data, word.size);
    struct whole_slot *slot = whole_probe(w, (struct slice){padded, word.size});
    memcpy(slot->half, padded, WHOLE_BYTES);
    slot->size = (uint32_t)word.size;
    slot->id = id;
}

/* "##" itself is a piece of nothing and takes no part. */
static void add_token(struct wordpiece *w, struct slice token, int32_t id) {
    if (slice_starts(token, "##")) {
        struct slice piece = {token.data + 2, token.size - 2};
        if (piece.size > 0)
            add_to_trie(w, ROOT_NEXT, piece, id);
        return;
    }
    add_to_trie(w, ROOT_FIRST, token, id);
    if (token.size <= WHOLE_BYTES)
        add_whole(w, token, id);
}

/* Gives the edges a table of the size that their number asks for: misses of the cache
 * are what a walk costs. */
static void shrink_edges(struct wordpiece *w) {
    struct edge *old = w->edges;
    size_t old_slots = w->edge_mask + 1, slots = table_size((size_t)w->nodes);
    w->edges = mem_alloc(slots, sizeof *w->edges);
    w->edge_mask = slots - 1;
    for (size_t i = 0; i < old_slots; i++)
        if (old[i].key != 0)
            *edge_probe(w, old[i].key) = old[i];
    mem_free(old);
}

struct wordpiece *wordpiece_create(const struct vocab *vocab) {
    struct wordpiece *w = mem_alloc(1, sizeof *w);
    size_t whole_slots = table_size((size_t)vocab->size);
    size_t bytes = 0; /* at most an edge a byte */
    for (int32_t id = 0; id < vocab->size; id++)
        bytes += vocab->tokens[id].size;
    size_t edge_slots = table_size(bytes);
    w->unk = vocab->unk;
    w->nodes = 2; /* the roots */
    w->whole = mem_alloc(whole_slots, sizeof *w->whole);
    w->whole_mask = whole_slots - 1;
    w->edges = mem_alloc(edge_slots, sizeof *w->edges);
    w->edge_mask = edge_slots - 1;
    for (int32_t id = 0; id < vocab->size; id++)
        add_token(w, vocab->tokens[id], id);
    shrink_edges(w);
    return w;
}

static bool too_long(struct slice word) {
    if (word.size <= WORDPIECE_MAX_CHARACTERS)
        return false;
    size_t characters = 0;
    for (size_t i = 0; i < word.size; i++)
        characters += ((unsigned char)word.data[i] & 0xC0) != 0x80;
    return characters > WORDPIECE_MAX_CHARACTERS;
}

/* The longest piece at `start` below `root`: its id and *end, or -1. */
static int32_t longest_piece(const struct wordpiece *w, struct slice word, size_t start,
                             size_t *end) {
    int32_t node = start == 0 ? ROOT_FIRST : ROOT_NEXT, id = -1;
    for (size_t i = start; i < word.size; i++) {
        const struct edge *edge = edge_probe(w, edge_key(node, word.data[i]));
        if (edge->key == 0)
            break;
        if (edge->id >= 0)
            id = edge->id, *end = i + 1;
        node = edge->to;
    }
    return id;
}

void wordpiece_encode(const struct wordpiece *w, struct slice word, struct ids *ids) {
    if (word.size <= WHOLE_BYTES) {
        const struct whole_slot *slot = whole_probe(w, word);
        if (slot->size != 0) {
            ids_append(ids, slot->id);
            return;
        }
    }
    size_t first = ids->count, start = 0;
    int32_t id = too_long(word) ? -1 : 0;
    while (id >= 0 && start < word.size) {
        id = longest_piece(w, word, start, &start);
        if (id >= 0)
            ids_append(ids, id);
    }
    if (id < 0) {
        ids->count = first;
        ids_append(ids, w->unk);
    }
}

void wordpiece_destroy(struct wordpiece *w) {
    if (w == NULL)
        return;
    mem_free(w->whole);
    mem_free(w->edges);
    mem_free(w);
}
