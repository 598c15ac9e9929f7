/* SPDX-License-Identifier: Apache-2.0 */
/* Text to ids, the quick way and the plain one.  The plain way is the three machines in
 * a row, normalise, pre-tokenise, WordPiece; it defines the ids.  The quick way cuts
 * the text into spans that may be translated one by one (spans.h) and looks them up raw
 * in a cache (wordcache.h); what is not there goes the plain way, once.
 *
 * A look-up waits for memory more than it computes, so the line of memory where a span
 * is looked up is asked for long before: while others are taken. */
#include "src/text/tokenizer.h"

#include "src/base/mem.h"
#include "src/text/pretokenize.h"
#include "src/text/spans.h"
#include "src/text/wordcache.h"
#include "src/text/wordpiece.h"

enum { AHEAD = 64 }; /* spans between asking and taking */

/* Where a span is looked up. */
struct lookup {
    struct word_key key;
    const struct short_slot *bucket;
};

struct tokenizer {
    struct normalizer normalizer;
    struct wordpiece *wordpiece;
    struct spans spans;
    struct wordcache cache;
    struct lookup lookups[AHEAD]; /* of the spans ahead, in turns */
    bool dotted_i; /* done before there are spans, as these lower ASCII */
    struct str undotted;
};

_Static_assert((int)SPANS_PADDING >= (int)WORDCACHE_READS &&
                   (int)SPANS_PADDING >= (int)WORDPIECE_PADDING &&
                   (int)NORMALIZE_PADDING >= (int)WORDPIECE_PADDING,
               "words are looked up where they lie");

struct tokenizer *tokenizer_create(const struct vocab *vocab,
                                   const struct normalizer_options *options) {
    struct tokenizer *tokenizer = mem_alloc(1, sizeof *tokenizer);
    struct normalizer_options rest = *options;
    rest.dotted_i = false;
    tokenizer->dotted_i = options->dotted_i && options->lowercase;
    normalizer_init(&tokenizer->normalizer, &rest);
    tokenizer->wordpiece = wordpiece_create(vocab);
    spans_init(&tokenizer->spans, &tokenizer->normalizer);
    wordcache_init(&tokenizer->cache);
    return tokenizer;
}

/* ---- the plain way ---- */

static size_t encode_plain(struct tokenizer *tokenizer, struct slice text,
                           struct ids *ids) {
    size_t bad = normalizer_run(&tokenizer->normalizer, text);
    struct slice rest = str_slice(&tokenizer->normalizer.text), word;
    while (pretokenize_next(&rest, &word))
        wordpiece_encode(tokenizer->wordpiece, word, ids);
    return bad;
}

/* Whether normalisation leaves a span as it is: then it is one word. */
static bool is_normal(const struct tokenizer *t, struct slice span) {
    bool normal = true;
    for (size_t i = 0; i < span.size; i++) {
        unsigned char c = (unsigned char)span.data[i];
        normal &= c < 128 && t->normalizer.ascii[c & 127] == c;
    }
    return normal;
}

/* A span that is not among the short words.  What is ill-formed is not remembered, so
 * that it is counted each time. */
static size_t encode_span(struct tokenizer *t, struct slice span, struct ids *ids) {
    size_t first = ids->count, bad = 0;
    if (is_normal(t, span))
        wordpiece_encode(t->wordpiece, span, ids);
    else
        bad = encode_plain(t, span, ids);
    if (bad == 0)
        wordcache_insert(&t->cache, span, ids->data + first, ids->count - first);
    return bad;
}

/* ---- the quick way ---- */

static inline struct slice span_at(const struct spans *spans, size_t i) {
    return (struct slice){spans->bytes + spans->start[i],
                          spans->end[i] - spans->start[i]};
}

/* Asks for the memory that a span will be looked up in. */
static inline void look_up(struct tokenizer *t, size_t i) {
    struct slice span = span_at(&t->spans, i);
    struct lookup *lookup = &t->lookups[i % AHEAD];
    lookup->key = wordcache_key(span.data, span.size);
    lookup->bucket = wordcache_bucket(&t->cache, lookup->key);
    __builtin_prefetch(lookup->bucket);
}

/* What is not in its bucket: seldom, and out of the way of the others.  `listed`: the
 * bucket has it, but not its ids. */
static __attribute__((noinline)) size_t take_rare(struct tokenizer *t, size_t i,
                                                  bool listed, struct ids *ids) {
    struct slice span = span_at(&t->spans, i);
    const int32_t *known = NULL;
    if (listed || span.size > WORDCACHE_SHORT_SIZE)
        known = wordcache_find_long(&t->cache, span);
    if (known == NULL)
        return encode_span(t, span, ids);
    ids_reserve(ids, WORDCACHE_LONG_IDS);
    ids->count += wordcache_unpack(known, ids->data + ids->count, WORDCACHE_LONG_IDS);
    return 0;
}

static inline size_t take(struct tokenizer *t, size_t i, struct ids *ids) {
    const struct lookup *lookup = &t->lookups[i % AHEAD];
    const int32_t *known = wordcache_find(lookup->bucket, lookup->key);
    if (known == NULL || wordcache_count(known) > WORDCACHE_SHORT_IDS)
        return take_rare(t, i, known != NULL, ids);
    if (ids->capacity - ids->count < WORDCACHE_SHORT_IDS)
        ids_reserve(ids, WORDCACHE_SHORT_IDS);
    ids->count += wordcache_unpack(known, ids->data + ids->count, WORDCACHE_SHORT_IDS);
    return 0;
}

static size_t encode_spans(struct tokenizer *t, struct ids *ids) {
    size_t bad = 0, asked = 0, count = t->spans.count;
    while (asked < count && asked < AHEAD)
        look_up(t, asked++);
    for (size_t i = 0; i < count; i++) {
        bad += take(t, i, ids);
        if (asked < count)
            look_up(t, asked++);
    }
    return bad;
}

size_t tokenizer_encode(struct tokenizer *tokenizer, struct slice text,
                        struct ids *ids) {
    size_t bad = 0;
    if (tokenizer->dotted_i)
        text = normalizer_undot(&tokenizer->undotted, text);
    while (text.size > 0) {
        size_t size = spans_cut(&tokenizer->spans, text);
        bad += encode_spans(tokenizer, ids);
        text = (struct slice){text.data + size, text.size - size};
    }
    return bad;
}

size_t tokenizer_cache_bytes(void) { return wordcache_bytes(); }

void tokenizer_destroy(struct tokenizer *tokenizer) {
    if (tokenizer == NULL)
        return;
    normalizer_fini(&tokenizer->normalizer);
    wordpiece_destroy(tokenizer->wordpiece);
    spans_fini(&tokenizer->spans);
    wordcache_fini(&tokenizer->cache);
    str_fini(&tokenizer->undotted);
    mem_free(tokenizer);
}
