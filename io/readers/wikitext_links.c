/* SPDX-License-Identifier: Apache-2.0 */
/* Links in brackets: see wikitext_parts.h.  [[target|label]] shows its label or its
 * target, unless it is a file, a category or the page in another language; [URL label]
 * shows its label. */
#include "io/readers/wikitext_parts.h"

#include <string.h>
#include <strings.h>

enum link { LINK_SHOWN, LINK_FILE, LINK_HIDDEN, LINK_LANGUAGE, LINK_PREFIXED };

/* Whether it ends as the name of a picture, a sound or a film does. */
static bool is_media(struct slice name) {
    static const char *const endings[] = {
        "jpg",  "jpeg", "png",  "svg", "gif",  "tif",  "tiff", "webp", "xcf",
        "ogg",  "oga",  "ogv",  "mp3", "flac", "opus", "wav",  "mid",  "midi",
        "webm", "mp4",  "mpeg", "mpg", "pdf",  "djvu", "stl"};
    const char *dot = name.size > 0 ? memrchr(name.data, '.', name.size) : NULL;
    if (dot == NULL)
        return false;
    size_t size = (size_t)(name.data + name.size - dot) - 1;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (size == strlen(endings[i]) && strncasecmp(dot + 1, endings[i], size) == 0)
            return true;
    return false;
}

/* What a link to `target` is; *prefix bytes of it are its prefix, colon included. */
static enum link judge_link(const struct wikitext *w, struct slice target,
                            size_t *prefix) {
    int key;
    const char *colon = target.size > 0 ? memchr(target.data, ':', target.size) : NULL;
    *prefix = colon ? (size_t)(colon - target.data) + 1 : 0;
    if (*prefix < 2)
        return LINK_SHOWN;
    struct slice name = slice_trim((struct slice){target.data, *prefix - 1});
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
    return is_media(target) ? LINK_FILE : LINK_SHOWN;
}

bool wikitext_is_file(const struct wikitext *w, struct slice target) {
    size_t prefix;
    return judge_link(w, slice_trim(target), &prefix) == LINK_FILE;
}

/* What MediaWiki makes of [[target|]]: no prefix, nothing in parentheses, nothing
 * after a comma. */
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
    if (label && slice_trim(*label).size > 0)
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
    target = slice_trim(target);
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

void wikitext_close_brackets(struct wikitext *w) {
    size_t size = wikitext_run(w, 2);
    if (size == 2 && wikitext_close_over(w, 2))
        return;
    if (w->depth > 0 && w->frames[w->depth - 1].kind == WIKITEXT_URL) {
        wikitext_pop(w, w->depth - 1); /* its label stays */
        w->p++;
        return;
    }
    int at = size == 2 ? wikitext_nearest(w, 1 << WIKITEXT_LINK, WIKITEXT_WALLS) : -1;
    if (at < 0) {
        wikitext_take(w, size);
        return;
    }
    close_link(w, at);
    w->p += 2;
}

/* The size of the protocol that an address begins with, 0 if it is none. */
static size_t protocol_size(struct slice text) {
    static const char *const protocols[] = {
        "http://", "https://", "//",    "ftp://",  "ftps://", "mailto:", "irc://",
        "ircs://", "news:",    "tel:",  "urn:",    "git://",  "svn://",  "gopher://",
        "sftp://", "ssh://",   "sip:",  "sips:",   "sms:",    "geo:",    "magnet:",
        "mms://",  "nntp://",  "xmpp:", "bitcoin:"};
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        size_t size = strlen(protocols[i]);
        if (text.size > size && strncasecmp(text.data, protocols[i], size) == 0)
            return size;
    }
    return 0;
}

/* The bytes of a character that ends an address, 0 if it does not: a blank of any
 * script, brackets, quotes and, among parts, bars and braces. */
static size_t url_end(struct slice at, bool in_parts) {
    static const char *const blanks[] = {"\xc2\xa0", "\xe3\x80\x80"};
    unsigned char c = (unsigned char)*at.data;
    if (c > 0 && (c <= ' ' || c == 0x7f || strchr("[]<>\"", c)))
        return 1;
    if (in_parts && c > 0 && strchr("{}|", c))
        return 1;
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (slice_starts(at, blanks[i]))
            return strlen(blanks[i]);
    return 0;
}

/* The size of a template without brackets at {{, which an address may hold, else 1. */
static size_t skip_braces(struct slice at) {
    size_t n = 2;
    if (!slice_starts(at, "{{"))
        return 1;
    while (n < at.size && !strchr("{}[]\n", at.data[n]))
        n++;
    return n + 1 < at.size && at.data[n] == '}' && at.data[n + 1] == '}' ? n + 2 : 1;
}

/* Where the address at p ends; *label is where its label begins. */
static size_t url_size(struct slice url, bool in_parts, size_t *label) {
    size_t n = 0, size;
    while (n < url.size) {
        struct slice at = {url.data + n, url.size - n};
        if (url_end(at, in_parts) > 0)
            break;
        n += skip_braces(at);
    }
    for (*label = n; *label < url.size; *label += size) {
        struct slice at = {url.data + *label, url.size - *label};
        size = url_end(at, false);
        if (size == 0 || strchr("[]<>\"\n", *at.data))
            break;
    }
    return n;
}

/* [http://example.org label] or [http://example.org]; else the bracket is text. */
static void open_url(struct wikitext *w) {
    struct slice url = {w->p + 1, wikitext_left(w) - 1};
    size_t protocol = protocol_size(url), label;
    bool in_parts = wikitext_nearest(w, WIKITEXT_PARTED, 1 << WIKITEXT_TABLE) >= 0;
    if (w->over > 0 || protocol == 0) {
        wikitext_take(w, 1);
        return;
    }
    size_t size = url_size(url, in_parts, &label);
    bool is_end = label == url.size || url.data[label] == '\n';
    bool is_cut = label == size && !is_end && strchr("{}|", url.data[label]);
    if (size == protocol || is_end || is_cut) {
        wikitext_take(w, 1);
    } else if (url.data[label] == ']') {
        w->p += 1 + label + 1;
        str_append_char(&w->flat, MARK_HOLE);
    } else {
        wikitext_open(w, WIKITEXT_URL, 1 + label);
    }
}

void wikitext_open_brackets(struct wikitext *w) {
    size_t size = wikitext_run(w, 4);
    if (size == 3) {
        wikitext_take(w, 1);
        size = 2;
    }
    struct slice target = {w->p + size, wikitext_left(w) - size};
    if (size == 2 && protocol_size(target) > 0) { /* [[http://… x]] shows [x] */
        wikitext_take(w, 1);
        size = 1;
    }
    if (size > 1)
        wikitext_open(w, WIKITEXT_LINK, 2);
    else
        open_url(w);
}
