/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences by rule: a run of enders, then closers, then white space.  What makes or
 * breaks such a rule is the full stop, so a single one must pass a few vetoes: a small
 * letter behind it, or an abbreviation, an initial or a list number before it.  Good
 * enough for next sentence prediction, which needs boundaries that are mostly right and
 * always the same; not a linguist's tool. */
#include "src/text/sentence.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "src/text/unicode.h"
#include "src/text/utf8.h"

enum { MAX_BYTES = 4096 };
enum { WINDOW_BYTES = MAX_BYTES + 256 }; /* how far it looks: right context too */

enum { ILL_FORMED = 0xFFFD }; /* what the standard puts in its place; no property */

/* WIDE ones need no space behind them. */
enum ender { ENDER_NONE, ENDER_DOT, ENDER_ELLIPSIS, ENDER_MARK, ENDER_WIDE };

/* What the full stop of an abbreviation does when no small letter follows. */
enum abbreviation {
    NOT_ABBREVIATED,
    BEFORE_NAME,   /* never ends a sentence: "Dr." */
    BEFORE_NUMBER, /* ends one unless a digit follows: "No. 5" */
    ANYWHERE,      /* ends one if a word follows that likes to begin one: "Inc. The" */
};

static const struct {
    const char *word;
    enum abbreviation kind;
} abbreviations[] = {
    {"mr", BEFORE_NAME},     {"mrs", BEFORE_NAME},   {"ms", BEFORE_NAME},
    {"messrs", BEFORE_NAME}, {"dr", BEFORE_NAME},    {"prof", BEFORE_NAME},
    {"st", BEFORE_NAME},     {"mt", BEFORE_NAME},    {"ft", BEFORE_NAME},
    {"gen", BEFORE_NAME},    {"maj", BEFORE_NAME},   {"col", BEFORE_NAME},
    {"lt", BEFORE_NAME},     {"capt", BEFORE_NAME},  {"cpt", BEFORE_NAME},
    {"sgt", BEFORE_NAME},    {"cmdr", BEFORE_NAME},  {"adm", BEFORE_NAME},
    {"rev", BEFORE_NAME},    {"hon", BEFORE_NAME},   {"gov", BEFORE_NAME},
    {"sen", BEFORE_NAME},    {"rep", BEFORE_NAME},   {"pres", BEFORE_NAME},
    {"vs", BEFORE_NAME},     {"viz", BEFORE_NAME},   {"cf", BEFORE_NAME},
    {"e.g", BEFORE_NAME},    {"i.e", BEFORE_NAME},   {"ca", BEFORE_NAME},
    {"hr", BEFORE_NAME},     {"mme", BEFORE_NAME},   {"sra", BEFORE_NAME},
    {"bzw", BEFORE_NAME},    {"no", BEFORE_NUMBER},  {"nos", BEFORE_NUMBER},
    {"nr", BEFORE_NUMBER},   {"pp", BEFORE_NUMBER},  {"vol", BEFORE_NUMBER},
    {"vols", BEFORE_NUMBER}, {"fig", BEFORE_NUMBER}, {"figs", BEFORE_NUMBER},
    {"ch", BEFORE_NUMBER},   {"sec", BEFORE_NUMBER}, {"art", BEFORE_NUMBER},
    {"jan", BEFORE_NUMBER},  {"feb", BEFORE_NUMBER}, {"mar", BEFORE_NUMBER},
    {"apr", BEFORE_NUMBER},  {"jun", BEFORE_NUMBER}, {"jul", BEFORE_NUMBER},
    {"aug", BEFORE_NUMBER},  {"sep", BEFORE_NUMBER}, {"sept", BEFORE_NUMBER},
    {"oct", BEFORE_NUMBER},  {"nov", BEFORE_NUMBER}, {"dec", BEFORE_NUMBER},
    {"inc", ANYWHERE},       {"corp", ANYWHERE},     {"co", ANYWHERE},
    {"ltd", ANYWHERE},       {"bros", ANYWHERE},     {"jr", ANYWHERE},
    {"sr", ANYWHERE},        {"dept", ANYWHERE},     {"univ", ANYWHERE},
    {"ed", ANYWHERE},        {"eds", ANYWHERE},      {"al", ANYWHERE},
    {"ave", ANYWHERE},       {"blvd", ANYWHERE},     {"rd", ANYWHERE},
    {"est", ANYWHERE},       {"approx", ANYWHERE},   {"ph.d", ANYWHERE},
};

/* Words that rarely come behind an abbreviation but often begin a sentence. */
static const char *const beginners[] = {
    "the", "a",    "an",     "this",     "these", "that",  "those", "it",    "its",
    "he",  "his",  "she",    "her",      "we",    "our",   "they",  "their", "there",
    "i",   "you",  "in",     "on",       "at",    "by",    "for",   "from",  "with",
    "to",  "as",   "after",  "when",     "while", "since", "if",    "but",   "and",
    "or",  "so",   "then",   "however",  "what",  "who",   "how",   "why",   "not",
    "no",  "both", "during", "although",
};

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

static enum ender ender_of(uint32_t scalar) {
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
    case 0x1362: /* Ethiopic full stop */
    case 0x1367: /* Ethiopic question mark */
    case 0x203C: /* !! */
    case 0x2047: /* ?? */
    case 0x2048: /* ?! */
    case 0x2049: return ENDER_MARK;
    case 0x3002: /* ideographic full stop */
    case 0xFF01: /* wide ! */
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

/* A run of enders and closers, and what stands around it. */
struct candidate {
    const char *start;      /* of the sentence it may end */
    const char *enders;     /* first ender */
    const char *stop;       /* behind the closers */
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
        enum ender ender = ender_of(char_at(p, end, &size));
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

static bool same_word(const char *word, struct slice s) {
    return strlen(word) == s.size && strncasecmp(word, s.data, s.size) == 0;
}

static enum abbreviation abbreviation_of(struct slice word) {
    for (size_t i = 0; i < sizeof abbreviations / sizeof *abbreviations; i++)
        if (same_word(abbreviations[i].word, word))
            return abbreviations[i].kind;
    bool inner_stop = memchr(word.data, '.', word.size) != NULL;
    return inner_stop ? ANYWHERE : NOT_ABBREVIATED;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

static bool begins_sentences(const char *p, const char *end) {
    const char *start = p;
    int size;
    while (p < end && is_word_part(char_at(p, end, &size)))
        p += size;
    struct slice word = {start, (size_t)(p - start)};
    for (size_t i = 0; i < sizeof beginners / sizeof *beginners; i++)
        if (same_word(beginners[i], word))
            return true;
    return false;
}

/* "1. First", at the start of what would be a sentence of its own. */
static bool is_list_number(const struct candidate *c, struct slice word) {
    for (size_t i = 0; i < word.size; i++)
        if (!is_digit(word.data[i]))
            return false;
    return word.size > 0 && word.size <= 3 && word.data == c->start;
}

/* A single letter. */
static bool is_initial(struct slice word) {
    int size = 0;
    if (word.size == 0 || is_digit(*word.data))
        return false;
    uint32_t scalar = char_at(word.data, word.data + word.size, &size);
    return (size_t)size == word.size && scalar != ILL_FORMED;
}

static bool stop_is_vetoed(const struct candidate *c) {
    struct slice word = word_before(c);
    if (is_initial(word) || is_list_number(c, word))
        return true;
    switch (abbreviation_of(word)) {
    case BEFORE_NAME: return true;
    case BEFORE_NUMBER: return is_digit(*c->next);
    case ANYWHERE: return !begins_sentences(c->next, c->end);
    default: return false;
    }
}

/* Small letters of ASCII, Latin-1, Greek and Cyrillic. */
static bool is_small(uint32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF) ||
           (c >= 0x3B1 && c <= 0x3C9) || (c >= 0x430 && c <= 0x45F);
}

static bool ends_sentence(const struct candidate *c) {
    if (c->ender == ENDER_WIDE || c->next == c->end)
        return true;
    if (c->next == c->stop)
        return false;
    int size;
    bool weak = c->ender == ENDER_DOT || c->ender == ENDER_ELLIPSIS || c->closed;
    if (weak && is_small(char_at(c->next, c->end, &size)))
        return false;
    return c->ender != ENDER_DOT || c->closed || !stop_is_vetoed(c);
}

/* Where the first sentence of a line ends. */
static const char *first_end(const char *start, const char *end) {
    int size;
    for (const char *p = start; p < end; p += size) {
        if (ender_of(char_at(p, end, &size)) == ENDER_NONE)
            continue;
        struct candidate c = candidate_at(start, p, end);
        if (ends_sentence(&c))
            return c.stop;
        size = (int)(c.stop - p);
    }
    return end;
}

/* A place to cut at most MAX_BYTES behind start: behind the last word, or else
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

bool sentence_next(struct slice *rest, struct slice *sentence) {
    if (rest->size == 0)
        return false;
    const char *end = rest->data + rest->size, *start = skip_space(rest->data, end);
    *rest = (struct slice){start, (size_t)(end - start)};
    if (start == end)
        return false;
    size_t window = rest->size < WINDOW_BYTES ? rest->size : WINDOW_BYTES;
    const char *line_end = memchr(start, '\n', window);
    const char *stop = first_end(start, line_end ? line_end : start + window);
    if (stop - start > MAX_BYTES)
        stop = forced_end(start);
    const char *last = trim_space(start, stop);
    *sentence = (struct slice){start, (size_t)(last - start)};
    *rest = (struct slice){stop, (size_t)(end - stop)};
    return true;
}
