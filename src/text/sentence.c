/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences by rule: a run of enders, then closers, then white space.  What makes or
 * breaks such a rule is the full stop, so a single one must pass vetoes: a small letter
 * after it, or what fullstop.c or punkt.c know of the word before it.  Good enough for
 * next sentence prediction, which needs boundaries that are mostly right and always the
 * same; not a linguist's tool. */
#include "src/text/sentence.h"

#include <stdint.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/fullstop.h"
#include "src/text/punkt.h"
#include "src/text/unicode.h"

enum { MAX_BYTES = 4096 };
enum { WINDOW_BYTES = MAX_BYTES + 256 }; /* how far it looks: right context too */

enum { WIDE_STOP = 0xFF0E };
enum { ILL_FORMED = 0xFFFD }; /* what the standard puts in its place; no property */

struct sentence_rules {
    struct fullstop fullstop;
    struct punkt punkt;
    bool has_punkt; /* then its tables decide, not the lists */
};

struct sentence_rules *sentence_rules_create(const char *languages, const char *punkt,
                                             struct err *err) {
    struct sentence_rules *rules = mem_alloc(1, sizeof *rules);
    int rc = fullstop_init(&rules->fullstop, languages, err);
    rules->has_punkt = punkt != NULL;
    if (rc == 0 && punkt)
        rc = punkt_load(&rules->punkt, punkt, NULL, err);
    if (rc == 0)
        return rules;
    sentence_rules_destroy(rules);
    return NULL;
}

void sentence_rules_destroy(struct sentence_rules *rules) {
    if (rules == NULL)
        return;
    fullstop_fini(&rules->fullstop);
    punkt_fini(&rules->punkt);
    mem_free(rules);
}

/* A character, or a byte that is ill-formed. */
static uint32_t char_at(const char *p, const char *end, int *size) {
    uint32_t scalar = ILL_FORMED;
    *size = utf8_decode(p, end, &scalar);
    if (*size < 0)
        *size = 1;
    return scalar;
}

static bool is_space(uint32_t scalar) {
    return unicode_of(scalar)->flags & UNICODE_SPACE;
}

static const char *skip_space(const char *p, const char *end) {
    int size;
    while (p < end && is_space(char_at(p, end, &size)))
        p += size;
    return p;
}

/* The character that ends at `end`, likewise. */
static uint32_t char_before(const char *start, const char *end, int *size) {
    const char *p = end - 1;
    while (p > start && end - p < 4 && ((unsigned char)*p & 0xC0) == 0x80)
        p--;
    uint32_t scalar = char_at(p, end, size);
    if (p + *size == end)
        return scalar;
    *size = 1;
    return ILL_FORMED;
}

static const char *trim_space(const char *start, const char *end) {
    int size;
    while (end > start && is_space(char_before(start, end, &size)))
        end -= size;
    return end;
}

enum ender sentence_ender(uint32_t scalar) {
    switch (scalar) {
    case '.': return ENDER_DOT;
    case 0x2026: return ENDER_ELLIPSIS; /* … */
    case '!':
    case '?':
    case 0x0589: /* Armenian full stop */
    case 0x061F: /* Arabic question mark */
    case 0x06D4: /* Arabic full stop */
    case 0x0964: /* danda */
    case 0x0965: /* double danda */
    case 0x0F0D: /* Tibetan shad */
    case 0x104A: /* Burmese section signs */
    case 0x104B:
    case 0x1362: /* Ethiopic full stop */
    case 0x1367: /* Ethiopic question mark */
    case 0x17D4: /* Khmer khan */
    case 0x17D5:
    case 0x203C: /* !! */
    case 0x2047: /* ?? */
    case 0x2048: /* ?! */
    case 0x2049: return ENDER_MARK;
    case 0x3002: /* ideographic full stop */
    case 0xFF01: /* wide ! */
    case WIDE_STOP:
    case 0xFF1F: /* wide ? */
    case 0xFF61: return ENDER_WIDE;
    default: return ENDER_NONE;
    }
}

static bool is_closer(uint32_t scalar) {
    static const uint32_t closers[] = {
        ')',    ']',    '}',    '"',    '\'',   0xBB,   0x2019, 0x201D,
        0x203A, 0x3009, 0x300B, 0x300D, 0x300F, 0x3011, 0xFF09,
    };
    for (size_t i = 0; i < sizeof closers / sizeof *closers; i++)
        if (closers[i] == scalar)
            return true;
    return false;
}

static bool is_opener(uint32_t scalar) {
    static const uint32_t openers[] = {'(', '[', '{', '`'};
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
        if (openers[i] == scalar)
            return true;
    return false;
}

/* A run of enders and closers, and what stands around it. */
struct candidate {
    const char *start;      /* of the sentence it may end */
    const char *enders;     /* first ender */
    const char *stop;       /* after the closers */
    const char *next, *end; /* the text that follows, up to the end of the line */
    enum ender ender;       /* of the run: two dots or more are an ellipsis */
    bool closed;            /* there are closers */
};

/* Reads the run that begins at p with an ender. */
static struct candidate candidate_at(const char *start, const char *p,
                                     const char *end) {
    struct candidate c = {.start = start, .enders = p, .end = end};
    int size;
    for (; p < end; p += size) {
        enum ender ender = sentence_ender(char_at(p, end, &size));
        if (ender == ENDER_NONE)
            break;
        if (ender == ENDER_DOT && c.ender != ENDER_NONE)
            ender = ENDER_ELLIPSIS;
        c.ender = ender > c.ender ? ender : c.ender;
    }
    for (; p < end && is_closer(char_at(p, end, &size)); p += size)
        c.closed = true;
    c.stop = p;
    c.next = skip_space(p, end);
    return c;
}

/* Neither space nor punctuation, but for apostrophes: the s of "its owner's." is no
 * initial. */
static bool is_word_part(uint32_t scalar) {
    return scalar == '\'' || scalar == 0x2019 ||
           !(unicode_of(scalar)->flags & (UNICODE_SPACE | UNICODE_PUNCTUATION));
}

/* The letters, digits and inner full stops right before the ender. */
static struct slice word_before(const struct candidate *c) {
    const char *p = c->enders;
    int size;
    for (; p > c->start; p -= size) {
        uint32_t scalar = char_before(c->start, p, &size);
        if (!is_word_part(scalar) && scalar != '.')
            break;
    }
    return (struct slice){p, (size_t)(c->enders - p)};
}

/* Everything before the ender, back to white space, a bracket, or a quotation mark,
 * which is its first character. */
static struct slice token_before(const struct candidate *c) {
    const char *p = c->enders;
    int size;
    for (; p > c->start; p -= size) {
        uint32_t scalar = char_before(c->start, p, &size);
        if (is_space(scalar) || is_opener(scalar))
            break;
        if (is_closer(scalar))
            return (struct slice){p - size, (size_t)(c->enders - p + size)};
    }
    return (struct slice){p, (size_t)(c->enders - p)};
}

static bool stop_goes_on(const struct sentence_rules *rules,
                         const struct candidate *c) {
    struct slice word = word_before(c), next = {c->next, (size_t)(c->end - c->next)};
    return fullstop_goes_on(&rules->fullstop, word, word.data == c->start, next);
}

static bool is_small(uint32_t c) { return unicode_of(c)->flags & UNICODE_SMALL; }

/* Whether a text has no capitals at all, so that small letters say nothing. */
static bool is_all_small(const char *p, const char *end) {
    int size;
    for (; p < end; p += size)
        if (unicode_of(char_at(p, end, &size))->flags & UNICODE_UPPER)
            return false;
    return true;
}

/* "「行こう。」と言った": the quotation is a part of the sentence. */
static bool is_quoted_in(const struct candidate *c) {
    int size;
    uint32_t next = c->stop < c->end ? char_at(c->stop, c->end, &size) : 0;
    return c->closed && next >= 0x3041 && next <= 0x309F; /* Hiragana */
}

/* "３．５": a wide full stop between digits. */
static bool is_decimal(const struct candidate *c) {
    int size;
    return char_at(c->enders, c->end, &size) == WIDE_STOP &&
           unicode_of(char_at(c->stop, c->end, &size))->flags & UNICODE_DIGIT;
}

static bool ends_sentence(const struct sentence_rules *rules,
                          const struct candidate *c) {
    if (c->next == c->end)
        return true;
    if (c->ender == ENDER_WIDE)
        return !is_quoted_in(c) && !is_decimal(c);
    if (c->next == c->stop)
        return false;
    if (rules->has_punkt && c->ender == ENDER_DOT && !c->closed) {
        struct slice next = {c->next, (size_t)(c->end - c->next)};
        return !punkt_goes_on(&rules->punkt, token_before(c), next);
    }
    int size;
    bool weak = c->ender == ENDER_DOT || c->ender == ENDER_ELLIPSIS || c->closed;
    if (weak && is_small(char_at(c->next, c->end, &size)) &&
        !is_all_small(c->start, c->end))
        return false;
    return c->ender != ENDER_DOT || c->closed || !stop_goes_on(rules, c);
}

/* Whether a byte can begin an ender: a quick look before char_at. */
static bool may_end(unsigned char byte) {
    static const bool table[256] = {
        ['.'] = true,  ['!'] = true,  ['?'] = true,  [0xD6] = true,
        [0xD8] = true, [0xDB] = true, [0xE0] = true, [0xE1] = true,
        [0xE2] = true, [0xE3] = true, [0xEF] = true,
    };
    return table[byte];
}

/* Where the first sentence of a line ends. */
static const char *first_end(const struct sentence_rules *rules, const char *start,
                             const char *end) {
    int size;
    for (const char *p = start; p < end; p += size) {
        size = 1;
        if (!may_end((unsigned char)*p) ||
            sentence_ender(char_at(p, end, &size)) == ENDER_NONE)
            continue;
        struct candidate c = candidate_at(start, p, end);
        if (ends_sentence(rules, &c))
            return c.stop;
        size = (int)(c.stop - p);
    }
    return end;
}

/* A place to cut at most MAX_BYTES after start: after the last word, or else
 * character. */
static const char *forced_end(const char *start) {
    const char *end = start + MAX_BYTES;
    for (const char *p = end; p > start; p--)
        if (*p == ' ')
            return p;
    for (int i = 0; i < 3 && ((unsigned char)*end & 0xC0) == 0x80; i++)
        end--;
    return end;
}

bool sentence_next(const struct sentence_rules *rules, struct slice *rest,
                   struct slice *sentence) {
    if (rest->size == 0)
        return false;
    const char *end = rest->data + rest->size, *start = skip_space(rest->data, end);
    *rest = (struct slice){start, (size_t)(end - start)};
    if (start == end)
        return false;
    size_t window = rest->size < WINDOW_BYTES ? rest->size : WINDOW_BYTES;
    const char *line_end = memchr(start, '\n', window);
    const char *stop = first_end(rules, start, line_end ? line_end : start + window);
    if (stop - start > MAX_BYTES)
        stop = forced_end(start);
    const char *last = trim_space(start, stop);
    *sentence = (struct slice){start, (size_t)(last - start)};
    *rest = (struct slice){stop, (size_t)(end - stop)};
    return true;
}
