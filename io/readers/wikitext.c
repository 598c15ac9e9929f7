/* SPDX-License-Identifier: Apache-2.0 */
/* The first pass over a page: see wikitext.h and wikitext_parts.h.  One walk, no
 * recursion: an opening bracket pushes a frame that remembers where its output begins,
 * its closing bracket decides what becomes of that output, and what is never closed
 * stays as text.  Brackets match as in MediaWiki's preprocessor, but more leniently: a
 * }} closes its {{ over a forgotten [[. */
#include "io/readers/wikitext.h"

#include <string.h>

#include "io/readers/entity.h"
#include "io/readers/reader.h"
#include "io/readers/wikitext_parts.h"

enum {
    TEMPLATES = 1 << WIKITEXT_TEMPLATE | 1 << WIKITEXT_PARAMETER,
    PARTED = TEMPLATES | 1 << WIKITEXT_LINK, /* into parts, by bars */
    WALLS = TEMPLATES | 1 << WIKITEXT_TABLE,
    PARTS_MAX = 24,
};

void wikitext_put_names(struct map *map, const char *names, uint64_t value) {
    struct slice rest = slice_of(names), name;
    while (slice_field(&rest, '|', &name))
        map_put(map, name, NULL)->value = value;
}

struct slice wikitext_trim(struct slice s) {
    while (s.size > 0 && (unsigned char)*s.data <= ' ')
        s.data++, s.size--;
    while (s.size > 0 && (unsigned char)s.data[s.size - 1] <= ' ')
        s.size--;
    return s;
}

void wikitext_init(struct wikitext *w) {
    *w = (struct wikitext){0};
    wikitext_tags_init(w);
    wikitext_templates_init(w);
    wikitext_lines_init(w);
}

void wikitext_fini(struct wikitext *w) {
    map_fini(&w->tags);
    map_fini(&w->templates);
    map_fini(&w->sections);
    str_fini(&w->flat);
    str_fini(&w->shown);
}

/* Takes bytes of the page as they are. */
static void take(struct wikitext *w, size_t size) {
    str_append(&w->flat, w->p, size);
    w->p += size;
}

static size_t left(const struct wikitext *w) { return (size_t)(w->end - w->p); }

static struct slice rest(const struct wikitext *w) {
    return (struct slice){w->p, left(w)};
}

/* How many of the byte at hand follow each other, up to `most`. */
static size_t run(const struct wikitext *w, size_t most) {
    size_t n = 1;
    while (n < most && n < left(w) && w->p[n] == *w->p)
        n++;
    return n;
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

/* Takes a closing bracket of something that lies too deep.  False if there is none. */
static bool close_over(struct wikitext *w, size_t size) {
    if (w->over == 0)
        return false;
    w->p += size;
    if (--w->over == 0) {
        w->dropped += w->flat.size - w->over_mark;
        w->flat.size = w->over_mark;
    }
    return true;
}

/* The parts of a frame, between its bars; those beyond PARTS_MAX are left out. */
static int parts_of(const struct wikitext *w, const struct wikitext_frame *frame,
                    struct slice parts[PARTS_MAX]) {
    size_t from = frame->mark;
    int count = 0;
    for (int i = frame->first_bar; i < w->bar_count && count < PARTS_MAX - 1; i++) {
        parts[count++] = (struct slice){w->flat.data + from, w->bars[i] - from};
        from = w->bars[i] + 1;
    }
    parts[count++] = (struct slice){w->flat.data + from, w->flat.size - from};
    return count;
}

/* At }-; false if no -{ is open. */
static bool close_variant(struct wikitext *w) {
    int at = wikitext_nearest(w, 1 << WIKITEXT_VARIANT, WALLS);
    if (left(w) < 2 || w->p[1] != '-' || (at < 0 && w->over == 0))
        return false;
    if (close_over(w, 2))
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
    size_t size = run(w, 3);
    if (size == 1 && close_variant(w))
        return;
    int at = wikitext_nearest(w, TEMPLATES, 0);
    if (size < 2 || (at < 0 && w->over == 0)) {
        take(w, size);
        return;
    }
    if (close_over(w, 2))
        return;
    struct wikitext_frame frame = w->frames[at];
    bool is_parameter = frame.kind == WIKITEXT_PARAMETER && size == 3;
    struct slice parts[PARTS_MAX];
    wikitext_pop(w, at + 1);
    int count = parts_of(w, &frame, parts);
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
    take(w, 1);
}

/* Only white space and list markers lie before this on its line. */
static bool begins_line(const struct wikitext *w) {
    const char *p = w->p;
    while (p > w->line && strchr(" \t:*#;", p[-1]) && p[-1])
        p--;
    return p == w->line;
}

static void open_braces(struct wikitext *w) {
    size_t size = run(w, 6);
    if (size == 1 && left(w) > 1 && w->p[1] == '|' && w->over == 0 && begins_line(w))
        wikitext_open(w, WIKITEXT_TABLE, 2);
    else if (size == 1 && w->p > w->line && w->p[-1] == '-' && w->flat.size > 0)
        open_variant(w);
    else if (size == 1)
        take(w, 1);
    else if (size == 3 || size == 6)
        wikitext_open(w, WIKITEXT_PARAMETER, 3);
    else
        wikitext_open(w, WIKITEXT_TEMPLATE, 2);
}

bool wikitext_is_language(struct slice code) {
    size_t n = 0;
    if (slice_equal(code, slice_of("simple")))
        return true;
    while (n < code.size && code.data[n] >= 'a' && code.data[n] <= 'z')
        n++;
    return n >= 2 && n <= 3 && (n == code.size || code.data[n] == '-');
}

enum link { LINK_SHOWN, LINK_FILE, LINK_HIDDEN, LINK_LANGUAGE, LINK_PREFIXED };

/* What a link to `target` is; *prefix bytes of it are its prefix, colon included. */
static enum link judge_link(const struct wikitext *w, struct slice target,
                            size_t *prefix) {
    int key;
    const char *colon = target.size > 0 ? memchr(target.data, ':', target.size) : NULL;
    *prefix = colon ? (size_t)(colon - target.data) + 1 : 0;
    if (*prefix < 2)
        return LINK_SHOWN;
    struct slice name = wikitext_trim((struct slice){target.data, *prefix - 1});
    if (namespaces_find(w->names, name, &key))
        return key == NAMESPACE_FILE || key == NAMESPACE_MEDIA ? LINK_FILE
               : key == NAMESPACE_CATEGORY                     ? LINK_HIDDEN
                                                               : LINK_SHOWN;
    if (wikitext_is_language(name))
        return LINK_LANGUAGE;
    static const char *const sisters[] = {"w",          "wikt",    "wiktionary", "s",
                                          "wikisource", "commons", "q",          "b",
                                          "n",          "v",       "d",          "voy"};
    for (size_t i = 0; i < sizeof sisters / sizeof *sisters; i++)
        if (slice_equal(name, slice_of(sisters[i])))
            return LINK_PREFIXED;
    return LINK_SHOWN;
}

/* What MediaWiki makes of [[target|]]: no prefix, nothing in parentheses, nothing
 * behind a comma. */
static struct slice pipe_trick(struct slice target) {
    const char *at = memchr(target.data, ':', target.size);
    if (at)
        target = (struct slice){at + 1, (size_t)(target.data + target.size - at) - 1};
    at = memmem(target.data, target.size, " (", 2);
    at = at ? at : memmem(target.data, target.size, ", ", 2);
    return at ? (struct slice){target.data, (size_t)(at - target.data)} : target;
}

/* What a link shows, of its target and, if it has one, its label. */
static struct slice link_text(struct slice target, size_t prefix, enum link link,
                              const struct slice *label) {
    if (label && wikitext_trim(*label).size > 0)
        return *label;
    bool colon = target.size > 0 && *target.data == ':';
    size_t skip = link == LINK_PREFIXED ? prefix : colon;
    target = (struct slice){target.data + skip, target.size - skip};
    if (label)
        return pipe_trick(target);
    if (target.size > 0 && *target.data == '#')
        target.data++, target.size--;
    return target;
}

static void close_link(struct wikitext *w, int at) {
    struct wikitext_frame frame = w->frames[at];
    struct slice target = {w->flat.data + frame.mark, w->flat.size - frame.mark}, label;
    wikitext_pop(w, at + 1);
    bool has_label = w->bar_count > frame.first_bar;
    if (has_label) {
        size_t bar = w->bars[frame.first_bar];
        label = (struct slice){w->flat.data + bar + 1, w->flat.size - bar - 1};
        target.size = bar - frame.mark;
    }
    target = wikitext_trim(target);
    size_t prefix;
    enum link link = judge_link(w, target, &prefix);
    struct slice text = {0};
    if (link == LINK_SHOWN || link == LINK_PREFIXED ||
        (link == LINK_LANGUAGE && has_label))
        text = link_text(target, prefix, link, has_label ? &label : NULL);
    wikitext_drop(w, at);
    if (text.size > 0)
        memmove(w->flat.data + w->flat.size, text.data, text.size);
    w->flat.size += text.size;
    if (link == LINK_FILE)
        str_append_char(&w->flat, MARK_HOLE);
}

static void close_brackets(struct wikitext *w) {
    size_t size = run(w, 2);
    if (size == 2 && close_over(w, 2))
        return;
    if (w->depth > 0 && w->frames[w->depth - 1].kind == WIKITEXT_URL) {
        wikitext_pop(w, w->depth - 1); /* its label stays */
        w->p++;
        return;
    }
    int at = size == 2 ? wikitext_nearest(w, 1 << WIKITEXT_LINK, WALLS) : -1;
    if (at < 0) {
        take(w, size);
        return;
    }
    close_link(w, at);
    w->p += 2;
}

static bool is_protocol(struct slice text) {
    static const char *const protocols[] = {"http://", "https://", "//",
                                            "ftp://",  "mailto:",  "irc://"};
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (slice_starts(text, protocols[i]))
            return true;
    return false;
}

/* [http://example.org label] or [http://example.org]; else the bracket is text. */
static void open_url(struct wikitext *w) {
    struct slice url = {w->p + 1, left(w) - 1};
    size_t n = 0, blank;
    if (w->over > 0 || !is_protocol(url)) {
        take(w, 1);
        return;
    }
    while (n < url.size && (unsigned char)url.data[n] > ' ' &&
           !strchr("[]<>\"{}|", url.data[n]))
        n++;
    for (blank = n; blank < url.size && url.data[blank] == ' ';)
        blank++;
    bool is_end = blank == url.size || url.data[blank] == '\n';
    if (!is_end && url.data[blank] == ']') {
        w->p += 1 + blank + 1;
        str_append_char(&w->flat, MARK_HOLE);
    } else if (is_end || blank == n) {
        take(w, 1);
    } else {
        wikitext_open(w, WIKITEXT_URL, 1 + blank);
    }
}

static void open_brackets(struct wikitext *w) {
    size_t size = run(w, 4);
    if (size == 3) {
        take(w, 1);
        size = 2;
    }
    if (size > 1)
        wikitext_open(w, WIKITEXT_LINK, 2);
    else
        open_url(w);
}

static void bar(struct wikitext *w) {
    bool ends_table = left(w) > 1 && w->p[1] == '}' && begins_line(w) &&
                      !(left(w) > 2 && w->p[2] == '}');
    int table = ends_table ? wikitext_nearest(w, 1 << WIKITEXT_TABLE, TEMPLATES) : -1;
    if (table >= 0) {
        wikitext_drop(w, table);
        str_append(&w->flat, "\n", 1);
        w->p += 2;
        return;
    }
    int at = wikitext_nearest(w, PARTED, 1 << WIKITEXT_TABLE | 1 << WIKITEXT_VARIANT);
    if (at >= 0 && w->over == 0 && w->bar_count < WIKITEXT_BARS_MAX) {
        struct wikitext_frame *frame = &w->frames[at];
        wikitext_pop(w, at + 1);
        if (frame->kind == WIKITEXT_LINK && w->bar_count == frame->first_bar) {
            struct slice target = {w->flat.data + frame->mark,
                                   w->flat.size - frame->mark};
            size_t prefix;
            frame->is_file = judge_link(w, wikitext_trim(target), &prefix) == LINK_FILE;
        }
        w->bars[w->bar_count++] = w->flat.size;
    }
    take(w, 1);
}

/* A heading in a table shows that the table's end was forgotten. */
static void drop_unclosed_tables(struct wikitext *w) {
    if (w->open[WIKITEXT_TABLE] == 0 || !slice_starts(rest(w), "=="))
        return;
    const char *end = memchr(w->p, '\n', left(w));
    struct slice line =
        wikitext_trim((struct slice){w->p, end ? (size_t)(end - w->p) : left(w)});
    if (line.size < 5 || memcmp(line.data + line.size - 2, "==", 2) != 0)
        return;
    int table;
    while ((table = wikitext_nearest(w, 1 << WIKITEXT_TABLE, TEMPLATES)) >= 0)
        wikitext_drop(w, table);
}

/* No label of a URL, no target of a link goes on behind the end of a line, no link
 * behind a paragraph unless it is a file's. */
static void end_line(struct wikitext *w) {
    take(w, 1);
    w->line = w->p;
    bool blank = left(w) > 0 && *w->p == '\n';
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

void wikitext_entity(struct wikitext *w) {
    struct slice name = {w->p + 1, left(w) - 1};
    size_t size = 0;
    uint32_t c = entity_numeric(name, &size);
    c = c ? c : entity_named(name, &size);
    if (c == 0) {
        take(w, 1);
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

/* __NOTOC__ and its like. */
static void underscores(struct wikitext *w) {
    size_t n = 2;
    if (run(w, 2) < 2) {
        take(w, 1);
        return;
    }
    while (n < left(w) && n < 40 && w->p[n] >= 'A' && w->p[n] <= 'Z')
        n++;
    if (n > 2 && left(w) >= n + 2 && w->p[n] == '_' && w->p[n + 1] == '_')
        w->p += n + 2;
    else
        take(w, 2);
}

static void special(struct wikitext *w) {
    switch (*w->p) {
    case '\n': end_line(w); break;
    case '{': open_braces(w); break;
    case '}': close_braces(w); break;
    case '[': open_brackets(w); break;
    case ']': close_brackets(w); break;
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
        close_over(w, 0);
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
        take(w, (size_t)(p - w->p));
        if (p < w->end)
            special(w);
    }
    end_page(w);
    wikitext_lines(w, str_slice(&w->flat), out);
    return w->dropped;
}

bool wikitext_is_redirect(struct slice page) {
    enum { WORD_MAX = 64 };
    page = wikitext_trim(page);
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
