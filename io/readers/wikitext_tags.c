/* SPDX-License-Identifier: Apache-2.0 */
/* HTML in wikitext, and MediaWiki's own tags: see wikitext_parts.h.  A name that is in
 * no row is text, as in MediaWiki: <stdio.h> is to be read.  The content of a dropped
 * tag is not looked at; that a tag has no end further on is remembered, so that it is
 * sought once a page. */
#include "io/readers/wikitext_parts.h"

#include <string.h>

#include "src/base/die.h"

enum tag_kind {
    TAG_INLINE,  /* the tag goes, its content stays */
    TAG_BLOCK,   /* and it begins a paragraph */
    TAG_ITEM,    /* and it is an item of a list */
    TAG_BREAK,   /* ends a line */
    TAG_DROP,    /* it goes with its content */
    TAG_FORMULA, /* as TAG_DROP, if the content is more than letters and digits */
    TAG_TABLE,   /* as {| |} */
    TAG_SUP,     /* digits become superscripts */
    TAG_SUB,
    TAG_RAW, /* the content is text as it stands */
};

static const struct {
    enum tag_kind kind;
    const char *names;
} rows[] = {
    {TAG_INLINE,
     "b|i|u|s|em|strong|big|small|span|font|tt|code|kbd|var|samp|cite|q|abbr|dfn|ins|"
     "bdi|bdo|strike|a|ruby|rb|rbc|rtc|mark|data|time|wbr|section|noinclude|"
     "onlyinclude|nobr|includeonly|translate|tvar|html|body|tbody|thead|tfoot|acronym|"
     "label|center|poem"},
    {TAG_BLOCK, "p|div|blockquote|ul|ol|dl|hr|h1|h2|h3|h4|h5|h6|tr|td|th|caption|"
                "article|aside|figure|figcaption"},
    {TAG_ITEM, "li|dt|dd"},
    {TAG_BREAK, "br"},
    {TAG_DROP,
     "ref|references|gallery|timeline|graph|mapframe|maplink|imagemap|score|hiero|pre|"
     "syntaxhighlight|source|templatedata|templatestyles|inputbox|categorytree|rss|"
     "indicator|charinsert|style|script|rp|rt|del|math chem|phonos|ce|form|select|"
     "option|textarea|input|languages|dynamicpagelist|listing|img|video|audio|title"},
    {TAG_FORMULA, "math|chem"},
    {TAG_TABLE, "table"},
    {TAG_SUP, "sup"},
    {TAG_SUB, "sub"},
    {TAG_RAW, "nowiki"},
};

enum { NAME_MAX_SIZE = 16, KIND_BITS = 8 };

struct tag {
    enum tag_kind kind;
    int number; /* among all of them */
    char name[NAME_MAX_SIZE];
    size_t name_size;
    size_t size; /* of the whole tag */
    bool is_end, is_alone;
};

void wikitext_tags_init(struct wikitext *w) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = slice_of(rows[i].names), name;
        while (slice_field(&rest, '|', &name)) {
            uint64_t number = w->tags.count;
            CHECK(number < WIKITEXT_TAGS_MAX);
            map_put(&w->tags, name, NULL)->value = rows[i].kind | number << KIND_BITS;
        }
    }
}

/* Reads the name at p in lower case: its size, 0 if it is none. */
static size_t read_name(const char *p, const char *end, char name[NAME_MAX_SIZE]) {
    size_t n = 0;
    while (p + n < end && n < NAME_MAX_SIZE) {
        char c = p[n], lower = (char)(c | 0x20);
        bool letter = lower >= 'a' && lower <= 'z';
        if (!letter && !(n > 0 && c >= '0' && c <= '9'))
            return n;
        name[n++] = letter ? lower : c;
    }
    return 0;
}

/* The tag at the < at hand; false if it is none that is known. */
static bool read_tag(const struct wikitext *w, struct tag *tag) {
    const char *p = w->p + 1, *end = w->end;
    tag->is_end = p < end && *p == '/';
    p += tag->is_end;
    tag->name_size = read_name(p, end, tag->name);
    if (tag->name_size == 0)
        return false;
    p += tag->name_size;
    const struct map_entry *entry =
        map_find(&w->tags, (struct slice){tag->name, tag->name_size});
    while (p < end && *p != '>' && *p != '<')
        p++;
    if (entry == NULL || p == end || *p == '<')
        return false;
    tag->kind = (enum tag_kind)(entry->value & ((1 << KIND_BITS) - 1));
    tag->number = (int)(entry->value >> KIND_BITS);
    tag->is_alone = p[-1] == '/';
    tag->size = (size_t)(p + 1 - w->p);
    return true;
}

/* Where the end tag of a tag lies, after it: NULL if nowhere, else *size is its size.
 */
static const char *find_end(struct wikitext *w, const struct tag *tag, size_t *size) {
    const char *p = w->p + tag->size;
    while (!w->unclosed[tag->number] &&
           (p = memmem(p, (size_t)(w->end - p), "</", 2)) != NULL) {
        char name[NAME_MAX_SIZE];
        size_t n = read_name(p + 2, w->end, name);
        const char *close = p + 2 + n;
        while (close < w->end && *close == ' ')
            close++;
        if (close < w->end && *close == '>' &&
            slice_equal((struct slice){name, n},
                        (struct slice){tag->name, tag->name_size})) {
            *size = (size_t)(close + 1 - p);
            return p;
        }
        p += 2;
    }
    w->unclosed[tag->number] = true;
    return NULL;
}

/* Text that is not markup whatever it looks like. */
static void put_raw(struct wikitext *w, const char *end) {
    while (w->p < end) {
        char c = *w->p;
        if (c == '&') {
            wikitext_entity(w);
            continue;
        }
        if (c == '\'' || (c > 0 && c <= MARK_BREAK))
            c = MARK_APOSTROPHE;
        str_append_char(&w->flat, c);
        w->p++;
    }
}

/* Whether a formula reads as it stands: x, 3, n + 1, a = b. */
static bool is_plain(const char *p, const char *end) {
    enum { PLAIN_MAX = 24 };
    if (end - p > PLAIN_MAX)
        return false;
    while (p < end && *p && !strchr("\\^_{}&<\n", *p))
        p++;
    return p == end;
}

/* A tag that goes with its content, or whose content stays as it is. */
static void drop_tag(struct wikitext *w, const struct tag *tag) {
    size_t size = 0;
    const char *end = tag->is_end || tag->is_alone ? NULL : find_end(w, tag, &size);
    const char *start = w->p + tag->size;
    w->p = start;
    bool stays = end && (tag->kind == TAG_RAW ||
                         (tag->kind == TAG_FORMULA && is_plain(start, end)));
    if (stays)
        put_raw(w, end);
    else if (tag->kind != TAG_RAW)
        str_append_char(&w->flat, MARK_HOLE);
    if (end)
        w->p = end + size;
}

const char *wikitext_raised(char c, bool is_sup) {
    static const char from[] = "0123456789+-=()n";
    static const char *const sup[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷",
                                      "⁸", "⁹", "⁺", "⁻", "⁼", "⁽", "⁾", "ⁿ"};
    static const char *const sub[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇",
                                      "₈", "₉", "₊", "₋", "₌", "₍", "₎", "ₙ"};
    const char *at = c ? strchr(from, c) : NULL;
    return at == NULL ? NULL : is_sup ? sup[at - from] : sub[at - from];
}

/* 10<sup>6</sup> is not 106: if all of it has such a form, it takes that. */
static void close_raised(struct wikitext *w, enum wikitext_kind kind) {
    enum { RAISED_MAX = 8, MINUS_BYTES = 3 };
    int at =
        wikitext_nearest(w, 1u << kind, ~(1u << WIKITEXT_SUP | 1u << WIKITEXT_SUB));
    if (at < 0)
        return;
    size_t mark = w->frames[at].mark, size = w->flat.size - mark;
    char digits[RAISED_MAX * MINUS_BYTES];
    wikitext_pop(w, at);
    if (size > RAISED_MAX)
        return;
    memcpy(digits, w->flat.data + mark, size);
    w->flat.size = mark;
    struct slice rest = {digits, size};
    bool minus = slice_starts(rest, "−");
    size_t first = minus ? MINUS_BYTES : 0, i = first;
    while (i < size && wikitext_raised(digits[i], true))
        i++;
    if (i < size || size == 0) {
        str_append(&w->flat, digits, size);
        return;
    }
    bool is_sup = kind == WIKITEXT_SUP;
    if (minus)
        str_append(&w->flat, wikitext_raised('-', is_sup), MINUS_BYTES);
    for (i = first; i < size; i++) {
        struct slice form = slice_of(wikitext_raised(digits[i], is_sup));
        str_append(&w->flat, form.data, form.size);
    }
}

static void raise_tag(struct wikitext *w, const struct tag *tag) {
    enum wikitext_kind kind = tag->kind == TAG_SUP ? WIKITEXT_SUP : WIKITEXT_SUB;
    if (tag->is_end) {
        w->p += tag->size;
        close_raised(w, kind);
    } else if (tag->is_alone || w->over > 0) {
        w->p += tag->size;
    } else {
        wikitext_open(w, kind, tag->size);
    }
}

static void table_tag(struct wikitext *w, const struct tag *tag) {
    if (!tag->is_end && !tag->is_alone && w->over == 0) {
        wikitext_open(w, WIKITEXT_TABLE, tag->size);
        return;
    }
    int at = wikitext_nearest(w, 1 << WIKITEXT_TABLE,
                              1 << WIKITEXT_TEMPLATE | 1 << WIKITEXT_PARAMETER);
    w->p += tag->size;
    if (tag->is_end && at >= 0 && w->over == 0)
        wikitext_drop(w, at);
    str_append(&w->flat, "\n", 1);
}

/* Up to the comment's end, and the line's if there is nothing else on it. */
static void skip_comment(struct wikitext *w) {
    bool alone = w->p == w->line;
    const char *end = memmem(w->p + 4, (size_t)(w->end - w->p - 4), "-->", 3);
    w->p = end ? end + 3 : w->end;
    const char *p = w->p;
    while (p < w->end && (*p == ' ' || *p == '\t'))
        p++;
    if (alone && p < w->end && *p == '\n')
        w->p = w->line = p + 1;
}

void wikitext_tag(struct wikitext *w) {
    static const char line_break[] = {'\n', MARK_BREAK};
    struct tag tag;
    if (slice_starts((struct slice){w->p, (size_t)(w->end - w->p)}, "<!--")) {
        skip_comment(w);
        return;
    }
    if (!read_tag(w, &tag)) {
        str_append_char(&w->flat, *w->p++);
        return;
    }
    switch (tag.kind) {
    case TAG_DROP:
    case TAG_FORMULA:
    case TAG_RAW: drop_tag(w, &tag); return;
    case TAG_TABLE: table_tag(w, &tag); return;
    case TAG_SUP:
    case TAG_SUB: raise_tag(w, &tag); return;
    case TAG_INLINE: break;
    case TAG_BLOCK: str_append(&w->flat, "\n\n", 2); break;
    case TAG_ITEM:
        str_append(&w->flat, tag.is_end ? "\n" : "\n* ", tag.is_end ? 1 : 3);
        break;
    case TAG_BREAK: str_append(&w->flat, line_break, sizeof line_break); break;
    }
    w->p += tag.size;
}
