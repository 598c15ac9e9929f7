/* SPDX-License-Identifier: Apache-2.0 */
/* WordPiece by hashes of substrings.  One pass over a word gives the hash of each of
 * its prefixes, two of those the hash of any substring (Karp and Rabin), so that all
 * lengths a piece could have are looked up independently of each other: where a trie
 * waits for memory at every byte, here the processor asks for many at once.  A filter
 * of a few bits a token (Bloom's, within one word of 64 bits) says no to nearly all
 * that are no token before the table is asked.  What the table finds is compared with
 * the text. Pieces end on character boundaries because tokens are well-formed UTF-8. */
#include "src/text/wordpiece.h"

#include <stdbool.h>
#include <string.h>

#include "src/base/mem.h"

enum root { ROOT_FIRST, ROOT_NEXT }; /* a word's first piece, and those with "##" */
enum { HEAD_BYTES = 16, WORD_BYTES = 4 * WORDPIECE_MAX_CHARACTERS };

static const uint64_t base = 0x9E3779B97F4A7C15u, seed = 0xC2B2AE3D27D4EB4Fu;

struct token_slot {
    uint64_t head[2]; /* its first 16 bytes, zeros after it */
    uint32_t text;    /* where all of it begins in wordpiece.text */
    uint32_t kind;    /* kind_of; 0: free */
    int64_t id;
};

struct wordpiece {
    int32_t unk;
    char *text; /* of the vocabulary, owned */
    struct token_slot *slots;
    int slot_bits;
    uint64_t *filter;
    int filter_bits;                /* of the number of its words */
    uint16_t longest[2][256];       /* token of a root that begins with a byte */
    uint64_t power[WORD_BYTES + 1]; /* of base */
};

/* Tells tokens of a length and root from others; never 0. */
static inline uint32_t kind_of(size_t size, enum root root) {
    return (uint32_t)size << 1 | (uint32_t)root;
}

/* prefix: (size + 1) polynomials in `base` */
static void hash_prefixes(struct slice word, uint64_t *prefix) {
    prefix[0] = 0;
    for (size_t i = 0; i < word.size; i++)
        prefix[i + 1] = prefix[i] * base + (unsigned char)word.data[i] + 1;
}

/* The hash of [start, start + size), all its bits good. */
static inline uint64_t hash_part(const struct wordpiece *w, const uint64_t *prefix,
                                 size_t start, size_t size) {
    uint64_t x = prefix[start + size] - prefix[start] * w->power[size];
    x = (x ^ (start == 0 ? 0 : seed)) * seed;
    return x ^ x >> 32;
}

static inline uint64_t filter_pattern(uint64_t hash) {
    return (uint64_t)1 << (hash & 63) | (uint64_t)1 << (hash >> 6 & 63);
}

static inline uint64_t *filter_word(const struct wordpiece *w, uint64_t hash) {
    return &w->filter[(uint32_t)hash >> (32 - w->filter_bits)];
}

static inline void head_of(struct slice bytes, uint64_t head[2]) {
    static const uint8_t masks[2 * HEAD_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    uint64_t mask[2];
    size_t size = bytes.size < HEAD_BYTES ? bytes.size : HEAD_BYTES;
    memcpy(head, bytes.data, HEAD_BYTES);
    memcpy(mask, masks + HEAD_BYTES - size, HEAD_BYTES);
    head[0] &= mask[0], head[1] &= mask[1];
}

/* The slot of a token, or the free one where it belongs. */
static struct token_slot *find(const struct wordpiece *w, uint64_t hash,
                               struct slice bytes, uint32_t kind) {
    size_t mask = ((size_t)1 << w->slot_bits) - 1;
    uint64_t head[2];
    head_of(bytes, head);
    for (size_t i = hash >> (64 - w->slot_bits);; i++) {
        struct token_slot *slot = &w->slots[i & mask];
        bool same = ((slot->head[0] ^ head[0]) | (slot->head[1] ^ head[1]) |
                     (slot->kind ^ kind)) == 0;
        if (same && bytes.size > HEAD_BYTES)
            same = memcmp(w->text + slot->text, bytes.data, bytes.size) == 0;
        if (same || slot->kind == 0)
            return slot;
    }
}

/* "##" itself is a piece of nothing and takes no part, nor does what is longer than any
 * word. */
static void add_token(struct wordpiece *w, struct slice token, size_t text,
                      int32_t id) {
    uint64_t prefix[WORD_BYTES + 2];
    enum root root = slice_starts(token, "##") ? ROOT_NEXT : ROOT_FIRST;
    struct slice piece = {token.data + 2 * root, token.size - 2 * (size_t)root};
    if (piece.size == 0 || piece.size > WORD_BYTES)
        return;
    hash_prefixes(piece, prefix + root);
    uint64_t hash = hash_part(w, prefix, root, piece.size);
    struct token_slot *slot = find(w, hash, piece, kind_of(piece.size, root));
    *slot = (struct token_slot){
        .text = (uint32_t)text + 2 * root, .kind = kind_of(piece.size, root), .id = id};
    head_of(piece, slot->head);
    *filter_word(w, hash) |= filter_pattern(hash);
    uint16_t *longest = &w->longest[root][(unsigned char)piece.data[0]];
    if (piece.size > *longest)
        *longest = (uint16_t)piece.size;
}

struct wordpiece *wordpiece_create(const struct vocab *vocab) {
    struct wordpiece *w = mem_alloc(1, sizeof *w);
    w->unk = vocab->unk;
    w->text = mem_alloc(vocab->text_size + HEAD_BYTES, 1);
    memcpy(w->text, vocab->text, vocab->text_size);
    for (w->slot_bits = 6; (size_t)1 << w->slot_bits < 2 * (size_t)vocab->size;)
        w->slot_bits++;
    w->slots = mem_map((size_t)1 << w->slot_bits, sizeof *w->slots);
    w->filter_bits = w->slot_bits - 3; /* 16 bits a token or more */
    w->filter = mem_alloc((size_t)1 << w->filter_bits, sizeof *w->filter);
    w->power[0] = 1;
    for (size_t i = 0; i < WORD_BYTES; i++)
        w->power[i + 1] = w->power[i] * base;
    for (int32_t id = 0; id < vocab->size; id++) {
        struct slice token = vocab->tokens[id];
        size_t at = (size_t)(token.data - vocab->text);
        add_token(w, (struct slice){w->text + at, token.size}, at, id);
    }
    return w;
}

static bool too_long(struct slice word) {
    if (word.size <= WORDPIECE_MAX_CHARACTERS)
        return false;
    size_t characters = 0;
    for (size_t i = 0; i < word.size; i++)
        characters += ((unsigned char)word.data[i] & 0xC0) != 0x80;
    return characters > WORDPIECE_MAX_CHARACTERS || word.size > WORD_BYTES;
}

/* Whether a character could begin at p: UTF-8's other bytes are 10xxxxxx. */
static inline bool begins(const char *p) { return (*p & 0xC0) != 0x80; }

/* The longest piece at `start`: its id and *size, or -1. */
static int32_t longest_piece(const struct wordpiece *w, struct slice word,
                             const uint64_t *prefix, size_t start, size_t *size) {
    enum root root = start == 0 ? ROOT_FIRST : ROOT_NEXT;
    const char *text = word.data + start;
    size_t left = word.size - start, most = w->longest[root][(unsigned char)*text];
    for (size_t n = left < most ? left : most; n > 0; n--) {
        if (n < left && !begins(text + n))
            continue;
        uint64_t hash = hash_part(w, prefix, start, n), pattern = filter_pattern(hash);
        if ((*filter_word(w, hash) & pattern) != pattern)
            continue;
        const struct token_slot *slot =
            find(w, hash, (struct slice){text, n}, kind_of(n, root));
        if (slot->kind == 0)
            continue;
        *size = n;
        return (int32_t)slot->id;
    }
    return -1;
}

void wordpiece_encode(const struct wordpiece *w, struct slice word, struct ids *ids) {
    uint64_t prefix[WORD_BYTES + 1];
    size_t first = ids->count, start = 0, size = 0;
    int32_t id = too_long(word) ? -1 : 0;
    if (id == 0)
        hash_prefixes(word, prefix);
    for (; id >= 0 && start < word.size; start += size) {
        id = longest_piece(w, word, prefix, start, &size);
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
    mem_free(w->text);
    mem_unmap(w->slots, (size_t)1 << w->slot_bits, sizeof *w->slots);
    mem_free(w->filter);
    mem_free(w);
}
