/* SPDX-License-Identifier: Apache-2.0 */
/* Where the first pass is in a page and what is open there: see wikitext_parts.h.  The
 * files that know a kind of markup (links, templates, tags) stand on this one, and
 * wikitext.c, which walks the page, on them. */
#include "io/readers/wikitext_parts.h"

#include <string.h>

#include "io/readers/entity.h"
#include "io/readers/reader.h"

void wikitext_take(struct wikitext *w, size_t size) {
    str_append(&w->flat, w->p, size);
    w->p += size;
}

bool wikitext_is_language(struct slice code) {
    size_t n = 0;
    if (slice_equal(code, slice_of("simple")))
        return true;
    while (n < code.size && code.data[n] >= 'a' && code.data[n] <= 'z')
        n++;
    return n >= 2 && n <= 3 && (n == code.size || code.data[n] == '-');
}

size_t wikitext_left(const struct wikitext *w) { return (size_t)(w->end - w->p); }

struct slice wikitext_rest(const struct wikitext *w) {
    return (struct slice){w->p, wikitext_left(w)};
}

size_t wikitext_run(const struct wikitext *w, size_t most) {
    size_t n = 1;
    while (n < most && n < wikitext_left(w) && w->p[n] == *w->p)
        n++;
    return n;
}

bool wikitext_begins_line(const struct wikitext *w) {
    const char *p = w->p;
    while (p > w->line && strchr(" \t:*#;", p[-1]) && p[-1])
        p--;
    return p == w->line;
}

void wikitext_entity(struct wikitext *w) {
    struct slice name = {w->p + 1, wikitext_left(w) - 1};
    size_t size = 0;
    uint32_t c = entity_numeric(name, &size);
    c = c ? c : entity_named(name, &size);
    if (c == 0) {
        wikitext_take(w, 1);
        return;
    }
    w->p += 1 + size;
    if (c == '\'')
        str_append_char(&w->flat, MARK_APOSTROPHE);
    else if (c < ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a))
        str_append_char(&w->flat, ' ');
    else
        reader_append_utf8(&w->flat, c);
}

void wikitext_open(struct wikitext *w, enum wikitext_kind kind, size_t size) {
    w->p += size;
    if (w->over > 0 || w->depth == WIKITEXT_DEPTH_MAX) {
        if (w->over++ == 0)
            w->over_mark = w->flat.size;
        return;
    }
    w->frames[w->depth++] = (struct wikitext_frame){
        .kind = kind, .mark = w->flat.size, .first_bar = w->bar_count};
    w->open[kind]++;
}

int wikitext_nearest(const struct wikitext *w, unsigned kinds, unsigned walls) {
    int at = w->depth - 1;
    while (at >= 0 && !(kinds >> w->frames[at].kind & 1)) {
        if (walls >> w->frames[at].kind & 1)
            return -1;
        at--;
    }
    return at;
}

void wikitext_pop(struct wikitext *w, int depth) {
    while (w->depth > depth) {
        const struct wikitext_frame *frame = &w->frames[--w->depth];
        w->open[frame->kind]--;
        w->bar_count = frame->first_bar;
    }
}

void wikitext_drop(struct wikitext *w, int depth) {
    w->flat.size = w->frames[depth].mark;
    wikitext_pop(w, depth);
}

bool wikitext_close_over(struct wikitext *w, size_t size) {
    if (w->over == 0)
        return false;
    w->p += size;
    if (--w->over == 0) {
        w->dropped += w->flat.size - w->over_mark;
        w->flat.size = w->over_mark;
    }
    return true;
}

int wikitext_parts_of(const struct wikitext *w, const struct wikitext_frame *frame,
                      struct slice parts[WIKITEXT_PARTS_MAX]) {
    size_t from = frame->mark;
    int count = 0;
    for (int i = frame->first_bar; i < w->bar_count && count < WIKITEXT_PARTS_MAX - 1;
         i++) {
        parts[count++] = (struct slice){w->flat.data + from, w->bars[i] - from};
        from = w->bars[i] + 1;
    }
    parts[count++] = (struct slice){w->flat.data + from, w->flat.size - from};
    return count;
}
