/* SPDX-License-Identifier: Apache-2.0 */
/* Growing arrays of ids, sentences, documents and views: see block.h.  Examples never
 * copy ids before they are emitted, so a block costs little more than its ids; those of
 * vocabularies up to 65,536 take two bytes each. */
#include "src/data/block.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

size_t block_id_bytes(int64_t V) {
    return V > UINT16_MAX + 1 ? sizeof(int32_t) : sizeof(uint16_t);
}

void block_init(struct block *block, int64_t V) {
    *block = (struct block){.wide = block_id_bytes(V) == sizeof(int32_t)};
    block_clear(block);
}

/* Makes room for `need` things of `size` bytes. */
static void *grow(void *things, size_t need, size_t *room, size_t size) {
    if (need <= *room)
        return things;
    *room = need > 2 * *room ? need : 2 * *room;
    return mem_resize(things, *room, size);
}

static void reserve_sentences(struct block *block, size_t more) {
    block->sentences = grow(block->sentences, block->sentence_count + more + 1,
                            &block->sentence_room, sizeof *block->sentences);
}

static void reserve_documents(struct block *block, size_t more) {
    size_t need = block->document_count + more + 1, room = block->document_room;
    block->sources = grow(block->sources, need, &room, sizeof *block->sources);
    room = block->document_room;
    block->hashes = grow(block->hashes, need, &room, sizeof *block->hashes);
    block->documents =
        grow(block->documents, need, &block->document_room, sizeof *block->documents);
}

void block_clear(struct block *block) {
    block->tokens = block->sentence_count = block->document_count = 0;
    block->view_count = 0;
    reserve_sentences(block, 0);
    reserve_documents(block, 0);
    block->sentences[0] = 0;
    block->documents[0] = 0;
}

static void append_ids(struct block *block, const int32_t *ids, size_t count) {
    size_t size = block->wide ? sizeof(int32_t) : sizeof(uint16_t);
    block->ids = grow(block->ids, block->tokens + count, &block->token_room, size);
    if (block->wide) {
        memcpy((int32_t *)block->ids + block->tokens, ids, count * size);
    } else {
        uint16_t *out = (uint16_t *)block->ids + block->tokens;
        for (size_t i = 0; i < count; i++)
            out[i] = (uint16_t)ids[i];
    }
    block->tokens += count;
}

void block_add(struct block *block, const struct passage *passage, int source) {
    CHECK(passage->sentences > 0 && source <= UINT16_MAX);
    CHECK(block->tokens + passage->ids.count <= UINT32_MAX);
    reserve_sentences(block, passage->sentences);
    reserve_documents(block, 1);
    for (size_t i = 0; i < passage->sentences; i++)
        block->sentences[++block->sentence_count] =
            (uint32_t)block->tokens + passage->ends[i];
    block->sources[block->document_count] = (uint16_t)source;
    block->hashes[block->document_count] =
        hash64(passage->ids.data, passage->ids.count * sizeof *passage->ids.data, 0);
    block->documents[++block->document_count] = (uint32_t)block->sentence_count;
    append_ids(block, passage->ids.data, passage->ids.count);
}

void block_add_view(struct block *block, const struct view *view) {
    block->views = grow(block->views, block->view_count + 1, &block->view_room,
                        sizeof *block->views);
    block->views[block->view_count++] = *view;
}

uint32_t block_size(const struct block *block, uint32_t first, uint32_t end) {
    return block->sentences[end] - block->sentences[first];
}

struct segment block_segment(const struct block *block, uint32_t first, uint32_t end) {
    return (struct segment){block->sentences[first], block_size(block, first, end)};
}

bool block_same(const struct block *block, struct segment a, struct segment b) {
    size_t bytes = block->wide ? sizeof(int32_t) : sizeof(uint16_t);
    const char *ids = block->ids;
    return a.count == b.count &&
           memcmp(ids + a.first * bytes, ids + b.first * bytes, a.count * bytes) == 0;
}

/* The document that a token is of. */
static size_t document_of(const struct block *block, uint32_t token) {
    size_t low = 0, high = block->document_count; /* it is one of low … high - 1 */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        bool before = token < block->sentences[block->documents[middle]];
        *(before ? &high : &low) = middle;
    }
    return low;
}

int block_source(const struct block *block, uint32_t token) {
    return block->sources[document_of(block, token)];
}

struct segment block_part(const struct block *block, struct segment segment) {
    size_t document = document_of(block, segment.first);
    uint32_t end = block->sentences[block->documents[document + 1]];
    uint32_t left = end - segment.first;
    return (struct segment){segment.first, segment.count < left ? segment.count : left};
}

void block_count(const struct block *block, const struct view *view, uint64_t *counts) {
    struct segment rest = view->a, part;
    for (; rest.count > 0; rest.first += part.count, rest.count -= part.count) {
        part = block_part(block, rest);
        counts[block_source(block, part.first)] += part.count;
    }
    if (view->b.count > 0)
        counts[block_source(block, view->b.first)] += view->b.count;
}

void block_read(const struct block *block, struct segment segment, int32_t *out) {
    CHECK((size_t)segment.first + segment.count <= block->tokens);
    if (block->wide) {
        memcpy(out, (const int32_t *)block->ids + segment.first,
               segment.count * sizeof *out);
        return;
    }
    const uint16_t *ids = (const uint16_t *)block->ids + segment.first;
    for (uint32_t i = 0; i < segment.count; i++)
        out[i] = ids[i];
}

void block_fini(struct block *block) {
    mem_free(block->ids);
    mem_free(block->sentences);
    mem_free(block->documents);
    mem_free(block->sources);
    mem_free(block->hashes);
    mem_free(block->views);
    *block = (struct block){0};
}
