/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass over a page: see wikitext.h and wikitext_parts.h.  One walk, no
 * recursion: an opening bracket pushes a frame that remembers where its output begins,
 * its closing bracket decides what becomes of that output, and what is never closed
 * stays as text.  Brackets match as in MediaWiki's preprocessor, but more leniently: a
 * }} closes its {{ over a forgotten [[. */
#include "io/readers/wikitext.h"

#include <string.h>

#include "io/readers/wikitext_parts.h"

void wikitext_init(struct wikitext *w) {
    *w = (struct wikitext){0};
    wikitext_tags_init(w);
    wikitext_set_language(w, slice_of("en"));
    wikitext_lines_init(w);
}

void wikitext_fini(struct wikitext *w) {
    map_fini(&w->tags);
    map_fini(&w->templates);
    map_fini(&w->units);
    map_fini(&w->sections);
    str_fini(&w->flat);
    str_fini(&w->shown);
}

/* At }-; false if no -{ is open. */
static bool close_variant(struct wikitext *w) {
    int at = wikitext_nearest(w, 1 << WIKITEXT_VARIANT, WIKITEXT_WALLS);
    if (wikitext_left(w) < 2 || w->p[1] != '-' || (at < 0 && w->over == 0))
        return false;
    if (wikitext_close_over(w, 2))
        return true;
    size_t mark = w->frames[at].mark, start = mark + 2;
    struct slice shown =
        wikitext_variant((struct slice){w->flat.data + start, w->flat.size - start});
    wikitext_drop(w, at);
    if (shown.size > 0)
        memmove(w->flat.data + mark, shown.data, shown.size);
    w->flat.size += shown.size;
    w->p += 2;
    return true;
}

static void close_braces(struct wikitext *w) {
    size_t size = wikitext_run(w, 3);
    if (size == 1 && close_variant(w))
        return;
    int at = wikitext_nearest(w, WIKITEXT_TEMPLATES, 0);
    if (size < 2 || (at < 0 && w->over == 0)) {
        wikitext_take(w, size);
        return;
    }
    if (wikitext_close_over(w, 2))
        return;
    struct wikitext_frame frame = w->frames[at];
    bool is_parameter = frame.kind == WIKITEXT_PARAMETER && size == 3;
    struct slice parts[WIKITEXT_PARTS_MAX];
    wikitext_pop(w, at + 1);
    int count = wikitext_parts_of(w, &frame, parts);
    str_clear(&w->shown);
    bool shows = is_parameter ? count > 1 : wikitext_template(w, parts, count);
    if (is_parameter && shows) /* its default */
        str_append(&w->shown, parts[1].data, parts[1].size);
    wikitext_drop(w, at);
    if (shows)
        str_append(&w->flat, w->shown.data, w->shown.size);
    else
        str_append_char(&w->flat, MARK_HOLE);
    w->p += is_parameter ? 3 : 2;
}

/* Both bytes of -{ are put out, as they stay if it never ends; the first one was. */
static void open_variant(struct wikitext *w) {
    wikitext_open(w, WIKITEXT_VARIANT, 0);
    if (w->over == 0)
        w->frames[w->depth - 1].mark--;
    wikitext_take(w, 1);
}

static void open_braces(struct wikitext *w) {
    size_t size = wikitext_run(w, 6);
    if (size == 1 && wikitext_left(w) > 1 && w->p[1] == '|' && w->over == 0 &&
        wikitext_begins_line(w))
        wikitext_open(w, WIKITEXT_TABLE, 2);
    else if (size == 1 && w->p > w->line && w->p[-1] == '-' && w->flat.size > 0)
        open_variant(w);
    else if (size == 1)
        wikitext_take(w, 1);
    else if (size == 3 || size == 6)
        wikitext_open(w, WIKITEXT_PARAMETER, 3);
    else
        wikitext_open(w, WIKITEXT_TEMPLATE, 2);
}

static void bar(struct wikitext *w) {
    bool ends_table = wikitext_left(w) > 1 && w->p[1] == '}' &&
                      wikitext_begins_line(w) &&
                      !(wikitext_left(w) > 2 && w->p[2] == '}');
    int table =
        ends_table ? wikitext_nearest(w, 1 << WIKITEXT_TABLE, WIKITEXT_TEMPLATES) : -1;
    if (table >= 0) {
        wikitext_drop(w, table);
        str_append(&w->flat, "\n", 1);
        w->p += 2;
        return;
    }
    int at = wikitext_nearest(w, WIKITEXT_PARTED,
                              1 << WIKITEXT_TABLE | 1 << WIKITEXT_VARIANT);
    if (at >= 0 && w->over == 0 && w->bar_count < WIKITEXT_BARS_MAX) {
        struct wikitext_frame *frame = &w->frames[at];
        wikitext_pop(w, at + 1);
        if (frame->kind == WIKITEXT_LINK && w->bar_count == frame->first_bar) {
            struct slice target = {w->flat.data + frame->mark,
                                   w->flat.size - frame->mark};
            frame->is_file = wikitext_is_file(w, target);
        }
        w->bars[w->bar_count++] = w->flat.size;
    }
    wikitext_take(w, 1);
}

/* A heading in a table shows that the table's end was forgotten. */
static void drop_unclosed_tables(struct wikitext *w) {
    if (w->open[WIKITEXT_TABLE] == 0 || !slice_starts(wikitext_rest(w), "=="))
        return;
    const char *end = memchr(w->p, '\n', wikitext_left(w));
    struct slice line =
        slice_trim((struct slice){w->p, end ? (size_t)(end - w->p) : wikitext_left(w)});
    if (line.size < 5 || memcmp(line.data + line.size - 2, "==", 2) != 0)
        return;
    int table;
    while ((table = wikitext_nearest(w, 1 << WIKITEXT_TABLE, WIKITEXT_TEMPLATES)) >= 0)
        wikitext_drop(w, table);
}

/* No label of a URL, no target of a link goes on after the end of a line, no link
 * after a paragraph unless it is a file's. */
static void end_line(struct wikitext *w) {
    wikitext_take(w, 1);
    w->line = w->p;
    bool blank = wikitext_left(w) > 0 && *w->p == '\n';
    while (w->depth > 0) {
        const struct wikitext_frame *top = &w->frames[w->depth - 1];
        bool in_target = w->bar_count == top->first_bar;
        if (top->kind != WIKITEXT_URL &&
            (top->kind != WIKITEXT_LINK || top->is_file || !(blank || in_target)))
            break;
        wikitext_pop(w, w->depth - 1);
    }
    drop_unclosed_tables(w);
}

/* __NOTOC__ and its like. */
static void underscores(struct wikitext *w) {
    size_t n = 2;
    if (wikitext_run(w, 2) < 2) {
        wikitext_take(w, 1);
        return;
    }
    while (n < wikitext_left(w) && n < 40 && w->p[n] >= 'A' && w->p[n] <= 'Z')
        n++;
    if (n > 2 && wikitext_left(w) >= n + 2 && w->p[n] == '_' && w->p[n + 1] == '_')
        w->p += n + 2;
    else
        wikitext_take(w, 2);
}

static void special(struct wikitext *w) {
    switch (*w->p) {
    case '\n': end_line(w); break;
    case '{': open_braces(w); break;
    case '}': close_braces(w); break;
    case '[': wikitext_open_brackets(w); break;
    case ']': wikitext_close_brackets(w); break;
    case '|': bar(w); break;
    case '<': wikitext_tag(w); break;
    case '&': wikitext_entity(w); break;
    case '_': underscores(w); break;
    default: w->p++; /* a mark of our own, or a carriage return */
    }
}

/* What was never closed: the rest of a table goes, anything else stays as text. */
static void end_page(struct wikitext *w) {
    while (w->over > 0)
        wikitext_close_over(w, 0);
    for (int i = 0; i < w->depth; i++)
        if (w->frames[i].kind == WIKITEXT_TABLE)
            wikitext_drop(w, i);
    wikitext_pop(w, 0);
}

size_t wikitext_prose(struct wikitext *w, struct slice page,
                      const struct namespaces *names, struct str *out) {
    static const bool is_special[256] = {
        ['\n'] = true,       ['{'] = true,       ['}'] = true,
        ['['] = true,        [']'] = true,       ['|'] = true,
        ['<'] = true,        ['&'] = true,       ['_'] = true,
        ['\r'] = true,       [MARK_HOLE] = true, [MARK_APOSTROPHE] = true,
        [MARK_BREAK] = true,
    };
    w->names = names;
    w->p = w->line = page.data ? page.data : "";
    w->end = w->p + page.size;
    w->dropped = 0;
    memset(w->unclosed, 0, sizeof w->unclosed);
    str_clear(&w->flat);
    str_reserve(&w->flat, page.size);
    while (w->p < w->end) {
        const char *p = w->p;
        while (p < w->end && !is_special[(unsigned char)*p])
            p++;
        wikitext_take(w, (size_t)(p - w->p));
        if (p < w->end)
            special(w);
    }
    end_page(w);
    wikitext_lines(w, str_slice(&w->flat), out);
    return w->dropped;
}

bool wikitext_is_redirect(struct slice page) {
    enum { WORD_MAX = 64 };
    page = slice_trim(page);
    size_t n = 1;
    if (page.size == 0 || *page.data != '#')
        return false;
    while (n < page.size && n < WORD_MAX && (unsigned char)page.data[n] > '@' &&
           page.data[n] != '[')
        n++;
    bool has_word = n > 1;
    while (n < page.size && n < WORD_MAX && strchr(" \n:", page.data[n]))
        n++;
    page = (struct slice){page.data + n, page.size - n};
    return has_word && slice_starts(page, "[[");
}
