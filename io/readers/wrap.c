/* SPDX-License-Identifier: Apache-2.0 */
/* Unwrapping: see wrap.h.  Whoever wraps at column W ends a line only when the next
 * word does not fit: so a line end is a wrap if line + space + next word is wider than
 * W (less a little, for typists wrap by eye), and otherwise it is meant: a heading, a
 * verse, a list.  W is the width that all but a few lines keep to.  A text is
 * hard-wrapped if W is between 50 and 100 columns and most ends of lines that another
 * line follows are wraps. */
#include "io/readers/wrap.h"

#include <string.h>

enum {
    WIDTH_LEAST = 50,
    WIDTH_MOST = 100,
    RAGGED = 9,      /* columns by which typists wrap early */
    LINES_LEAST = 8, /* fewer say nothing */
    BREAKS_LEAST = 4,
};

struct wrap_line {
    size_t end;     /* of its bytes in the text: where its LF is */
    size_t indent;  /* columns */
    size_t columns; /* without white space behind */
    size_t word;    /* columns of its first word */
};

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* Measures the line that starts at `start`; columns are code points. */
static struct wrap_line measure(const struct str *text, size_t start) {
    const char *p = text->data + start, *limit = text->data + text->size;
    const char *end = memchr(p, '\n', text->size - start);
    end = end ? end : limit;
    struct wrap_line line = {.end = (size_t)(end - text->data)};
    while (end > p && is_space(end[-1]))
        end--;
    bool in_word = false, past_word = false;
    for (; p < end; p++) {
        if (((unsigned char)*p & 0xc0) == 0x80)
            continue;
        line.columns++;
        bool space = is_space(*p);
        if (!in_word && space)
            line.indent++;
        past_word = past_word || (in_word && space);
        in_word = in_word || !space;
        line.word += in_word && !past_word;
    }
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

/* Whether the end of `line` only wraps, given the line behind it.  A deeper indent
 * begins a new paragraph. */
static bool is_wrap(const struct wrap_line *line, const struct wrap_line *next,
                    size_t width) {
    return next->columns > 0 && next->indent <= line->indent + 1 &&
           line->columns + 1 + next->word > width - RAGGED;
}

/* Walks over all line ends between two lines of text: counts them and the wraps among
 * them, and joins at the wraps if asked to. */
static void walk(struct str *text, size_t width, bool join, size_t *breaks,
                 size_t *wraps) {
    *breaks = *wraps = 0;
    if (text->size == 0)
        return;
    struct wrap_line line = measure(text, 0);
    while (line.end + 1 < text->size) {
        struct wrap_line next = measure(text, line.end + 1);
        bool inside = line.columns > 0 && next.columns > 0;
        bool wrap = inside && is_wrap(&line, &next, width);
        *breaks += inside;
        *wraps += wrap;
        if (wrap && join)
            text->data[line.end] = ' ';
        line = next;
    }
}

bool wrap_join(struct str *text) {
    size_t width = width_of(text), breaks, wraps;
    if (width < WIDTH_LEAST || width > WIDTH_MOST)
        return false;
    walk(text, width, false, &breaks, &wraps);
    if (breaks < BREAKS_LEAST || wraps * 2 < breaks)
        return false;
    walk(text, width, true, &breaks, &wraps);
    return true;
}
