/* SPDX-License-Identifier: Apache-2.0 */
/* Unwrapping: see wrap.h.  Whoever wraps at column W ends a line only when the next
 * word does not fit: so a line end is a wrap if line + space + next word is wider than
 * W (less a little, for typists wrap by eye), and otherwise it is meant: a heading, a
 * list.  W is the width that all but a few lines keep to.  A text is hard-wrapped if W
 * is between 50 and 100 columns and most ends of lines that another line follows are
 * wraps. Verse of long lines is told from prose by the paragraph: its lines begin with
 * capitals, and many end though the next word would have fitted. */
#include "io/readers/wrap.h"

#include <stdint.h>
#include <string.h>

enum {
    WIDTH_LEAST = 50,
    WIDTH_MOST = 100,
    WIDE_BYTES = 4 * (WIDTH_MOST + 1), /* a line of these is too wide in any script */
    RAGGED = 9,                        /* columns by which typists wrap early */
    INDENT_MOST = 8, /* of a paragraph's first line; what is further in is centred */
    LINES_LEAST = 8, /* fewer say nothing */
    BREAKS_LEAST = 4,
    VERSE_LEAST = 3, /* line ends, to be sure that it is verse */
};

struct wrap_line {
    size_t end;     /* of its bytes in the text: where its LF is */
    size_t indent;  /* columns */
    size_t columns; /* without white space after; 0: blank */
    size_t word;    /* columns of its first word */
    bool capital;   /* which begins with one */
    bool small;     /* or with a small one (ASCII) */
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* Code points in [p, end): all bytes but those that continue one (10xxxxxx), eight at a
 * time. */
static size_t columns_of(const char *p, const char *end) {
    const uint64_t ones = 0x0101010101010101;
    size_t columns = (size_t)(end - p);
    for (; end - p >= 8; p += 8) {
        uint64_t bytes;
        memcpy(&bytes, p, sizeof bytes);
        bytes = bytes >> 7 & ~(bytes >> 6) & ones; /* 1 a byte that continues */
        columns -= (size_t)(bytes * ones >> 56);   /* their sum */
    }
    for (; p < end; p++)
        columns -= ((unsigned char)*p & 0xc0) == 0x80;
    return columns;
}

/* Whether a word begins with a capital letter (Latin, Greek, Cyrillic), perhaps after
 * quotation marks and such. */
static bool is_capital(const char *p, const char *end) {
    while (p < end && strchr("\"'`([_*", *p))
        p++;
    while (end - p >= 3 && memcmp(p, "\xe2\x80", 2) == 0)
        p += 3;
    if (p < end && *p >= 'A' && *p <= 'Z')
        return true;
    if (end - p < 2)
        return false;
    unsigned char lead = (unsigned char)p[0], next = (unsigned char)p[1];
    return (lead == 0xc3 && next <= 0x9e) || (lead == 0xd0 && next <= 0xaf) ||
           (lead == 0xce && next <= 0xab);
}

/* Measures the line that starts at `start`; columns are code points. */
static struct wrap_line measure(const struct str *text, size_t start) {
    const char *p = text->data + start, *limit = text->data + text->size;
    const char *end = memchr(p, '\n', text->size - start);
    end = end ? end : limit;
    struct wrap_line line = {.end = (size_t)(end - text->data)};
    while (end > p && is_space(end[-1]))
        end--;
    bool wide = end - p >= WIDE_BYTES;
    line.columns = wide ? WIDTH_MOST + 1 : columns_of(p, end);
    for (; p < end && is_space(*p); p++)
        line.indent++;
    const char *word = p;
    while (p < end && !is_space(*p))
        p++;
    line.word = columns_of(word, p);
    line.capital = is_capital(word, p);
    line.small = word < p && *word >= 'a' && *word <= 'z';
    return line;
}

/* The width that 98 of 100 lines that are not blank keep to; 0 if there are too few. */
static size_t width_of(const struct str *text) {
    size_t counts[WIDTH_MOST + 2] = {0}, lines = 0;
    for (size_t at = 0; at < text->size;) {
        struct wrap_line line = measure(text, at);
        at = line.end + 1;
        if (line.columns == 0)
            continue;
        counts[line.columns > WIDTH_MOST ? WIDTH_MOST + 1 : line.columns]++;
        lines++;
    }
    if (lines < LINES_LEAST)
        return 0;
    size_t width = 0, covered = 0;
    while (covered * 100 < lines * 98)
        covered += counts[width++];
    return width - 1;
}

/* Whether the end of `line` only wraps, given the line after it.  A deeper indent
 * begins a new paragraph; a much deeper one before it was a heading. */
static bool is_wrap(const struct wrap_line *line, const struct wrap_line *next,
                    size_t width) {
    return next->columns > 0 && next->indent <= line->indent + 1 &&
           line->indent <= next->indent + INDENT_MOST &&
           line->columns + 1 + next->word > width - RAGGED;
}

/* Lines that follow each other without a blank one. */
struct paragraph {
    size_t start, end; /* bytes; end is after its last line */
    size_t widest;     /* columns */
    size_t breaks, wraps;
    size_t small;    /* wraps with a small letter after them */
    size_t capitals; /* breaks with a capital after them */
    size_t misfits;  /* breaks before a word for which there was room */
};

/* Looks at the paragraph (or the blank line) that starts at `start`; `join` turns its
 * wraps into spaces. */
static struct paragraph look(struct str *text, size_t start, size_t width,
                             size_t widest, bool join) {
    struct wrap_line line = measure(text, start), next;
    struct paragraph p = {.start = start, .widest = line.columns};
    for (; line.columns > 0 && line.end + 1 < text->size; line = next) {
        next = measure(text, line.end + 1);
        if (next.columns == 0)
            break;
        bool wrap = is_wrap(&line, &next, width);
        p.widest = next.columns > p.widest ? next.columns : p.widest;
        p.breaks++;
        p.wraps += wrap;
        p.small += wrap && next.small;
        p.capitals += next.capital;
        p.misfits += line.columns + 1 + next.word <= widest;
        if (wrap && join)
            text->data[line.end] = ' ';
    }
    p.end = line.end + 1;
    return p;
}

static bool is_verse(struct str *text, const struct paragraph *p, size_t width) {
    if (p->breaks < VERSE_LEAST || p->capitals * 10 < p->breaks * 8)
        return false;
    return look(text, p->start, width, p->widest, false).misfits * 3 >= p->breaks;
}

/* Walks over all paragraphs that are no verse: sums up their line ends, or joins at the
 * wraps. */
static struct paragraph walk(struct str *text, size_t width, bool join) {
    struct paragraph sum = {0};
    for (size_t at = 0; at < text->size;) {
        struct paragraph p = look(text, at, width, 0, false);
        at = p.end;
        if (p.breaks == 0 || is_verse(text, &p, width))
            continue;
        sum.breaks += p.breaks;
        sum.wraps += p.wraps;
        sum.small += p.small;
        if (join)
            look(text, p.start, width, 0, true);
    }
    return sum;
}

bool wrap_join(struct str *text) {
    size_t width = width_of(text);
    if (width < WIDTH_LEAST || width > WIDTH_MOST)
        return false;
    struct paragraph all = walk(text, width, false);
    bool most = all.wraps * 2 >= all.breaks;
    bool go_on = all.small * 2 >= all.wraps && all.small * 5 >= all.breaks;
    if (all.breaks < BREAKS_LEAST || !(most || go_on))
        return false;
    walk(text, width, true);
    return true;
}
