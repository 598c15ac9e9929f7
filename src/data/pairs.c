/* SPDX-License-Identifier: Apache-2.0 */
/* Examples as Google's create_pretraining_data.py builds them (Devlin et al. 2018),
 * with its quirks: the short length is drawn once a document; a chunk of one sentence
 * always gets a random second half, so that more than half of the pairs are random;
 * sentences that a random half displaced begin the next chunk.  Two things differ.
 * Random halves come from the block, not the whole corpus.  And what is labelled random
 * never follows: Google's script, when ten tries give no other document, takes any
 * place of the same one, also the next sentence.  Here such a half comes from another
 * place of the document, or the pair is what it is, one that follows. */
#include "src/data/pairs.h"

#include "src/core/example.h"

/* How long the examples of a document should get: `room`, or rarely anything from 2
 * on. */
static uint32_t draw_target(const struct pairs_rules *rules, uint32_t room,
                            struct rng *rng) {
    if (rng_uniform(rng) < rules->short_seq_prob)
        return 2 + (uint32_t)rng_below(rng, room - 1);
    return room;
}

/* The end of a chunk of whole sentences from `first` on: one at least, until it has
 * `target` tokens or the sentences end. */
static uint32_t fill(const struct block *block, uint32_t first, uint32_t end,
                     int64_t target) {
    uint32_t last = first + 1;
    while (last < end && block_size(block, first, last) < target)
        last++;
    return last;
}

/* A first half: sentences first … middle - 1 of a document. */
struct half {
    size_t document;
    uint32_t first, middle;
};

/* Where a second half may begin: a document, but for a gap in it. */
struct choice {
    uint32_t begin, gap, after, end; /* sentences begin … gap - 1 and after … end - 1 */
};

/* Whether a sentence says what comes after the first half, in its document or, as long
 * ones are cut, in the next. */
static bool follows(const struct block *block, const struct half *half,
                    uint32_t sentence) {
    return half->middle < block->sentence_count &&
           block_same(block, block_segment(block, half->middle, half->middle + 1),
                      block_segment(block, sentence, sentence + 1));
}

/* Sentences from a random place on that do not follow; false if there are none. */
static bool draw_segment(const struct block *block, const struct half *half,
                         const struct choice *c, int64_t target, struct rng *rng,
                         struct segment *segment) {
    uint32_t before = c->gap - c->begin, count = before + c->end - c->after;
    uint32_t at = count ? (uint32_t)rng_below(rng, count) : 0;
    for (uint32_t i = 0; i < count; i++, at = (at + 1) % count) {
        bool early = at < before;
        uint32_t start = early ? c->begin + at : c->after + (at - before);
        if (follows(block, half, start))
            continue;
        uint32_t end = fill(block, start, early ? c->gap : c->end, target);
        *segment = block_segment(block, start, end);
        return true;
    }
    return false;
}

/* Of another document, and not of the same one read again: told by their hashes, as
 * every half of a long document that a block has many times would compare all of it. */
static bool draw_other(const struct block *block, const struct half *half,
                       int64_t target, struct rng *rng, struct segment *segment) {
    size_t others = block->document_count - 1;
    for (int tries = 0; tries < 10 && others > 0; tries++) {
        size_t other = (size_t)rng_below(rng, others);
        other += other >= half->document;
        uint32_t begin = block->documents[other], end = block->documents[other + 1];
        const struct choice all = {begin, end, end, end};
        if (block->hashes[other] != block->hashes[half->document] &&
            draw_segment(block, half, &all, target, rng, segment))
            return true;
    }
    return false;
}

/* Of the same document, before the first half or beyond what follows it. */
static bool draw_own(const struct block *block, const struct half *half, int64_t target,
                     struct rng *rng, struct segment *segment) {
    uint32_t begin = block->documents[half->document];
    uint32_t end = block->documents[half->document + 1];
    uint32_t after = half->middle < end ? half->middle + 1 : end;
    const struct choice rest = {begin, half->first, after, end};
    return draw_segment(block, half, &rest, target, rng, segment);
}

static bool draw_half(const struct block *block, const struct half *half,
                      int64_t target, struct rng *rng, struct view *view) {
    view->next = NEXT_RANDOM;
    view->own = !draw_other(block, half, target, rng, &view->b);
    return !view->own || draw_own(block, half, target, rng, &view->b);
}

/* What does follow, up to `last` but one sentence at least; nothing, and no pair, at
 * the end of the document.  Returns where the next chunk begins. */
static uint32_t take_next(const struct block *block, const struct half *half,
                          uint32_t last, struct view *view) {
    uint32_t end = block->documents[half->document + 1], middle = half->middle;
    view->own = false;
    view->next = middle < end ? NEXT_FOLLOWS : NEXT_NONE;
    if (last == middle && middle < end)
        last++;
    view->b = block_segment(block, middle, last);
    return last;
}

/* Takes tokens off the longer half, either end, until both fit. */
static void truncate_pair(struct view *view, uint32_t room, struct rng *rng) {
    while (view->a.count + view->b.count > room) {
        struct segment *longer = view->a.count > view->b.count ? &view->a : &view->b;
        if (rng_u32(rng) & 1)
            longer->first++;
        longer->count--;
        view->truncated++;
    }
}

/* A second half that follows, or, with even chance, a random one.  Returns where the
 * next chunk begins. */
static uint32_t take_any(const struct block *block, const struct half *half,
                         uint32_t last, int64_t target, struct rng *rng,
                         struct view *view) {
    bool random = last - half->first == 1 || rng_uniform(rng) < 0.5;
    if (random && draw_half(block, half, target - view->a.count, rng, view))
        return half->middle; /* what B would have been is put back */
    return take_next(block, half, last, view);
}

/* The rest of the chunk, before or after the first half (Lan et al. 2020, section 3.1);
 * ALBERT's program gives a chunk of one sentence a half of another document, which its
 * order says nothing of. */
static void take_rest(const struct block *block, const struct half *half, uint32_t last,
                      struct rng *rng, struct view *view) {
    struct segment first = view->a, rest = block_segment(block, half->middle, last);
    view->next = rest.count > 0 ? NEXT_FOLLOWS : NEXT_NONE;
    view->swapped = rest.count > 0 && rng_uniform(rng) < 0.5;
    view->a = view->swapped ? rest : first;
    view->b = view->swapped ? first : rest;
    if (view->swapped)
        view->next = NEXT_SWAPPED;
}

/* [CLS] A [SEP] B [SEP] */
void pairs_build(struct block *block, size_t document, const struct pairs_rules *rules,
                 struct rng *rng) {
    uint32_t room = rules->length - 3;
    uint32_t target = draw_target(rules, room, rng);
    uint32_t first = block->documents[document], end = block->documents[document + 1];
    while (first < end) {
        uint32_t last = fill(block, first, end, target);
        uint32_t middle = first + 1;
        if (last - first > 1)
            middle += (uint32_t)rng_below(rng, last - first - 1);
        const struct half half = {document, first, middle};
        struct view view = {.a = block_segment(block, first, middle)};
        if (rules->swapped)
            take_rest(block, &half, last, rng, &view);
        first =
            rules->swapped ? last : take_any(block, &half, last, target, rng, &view);
        truncate_pair(&view, room, rng);
        block_add_view(block, &view);
    }
}
