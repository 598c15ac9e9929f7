/* SPDX-License-Identifier: Apache-2.0 */
/* What WikiExtractor writes: a line <doc id="…" url="…" title="…">, the title, the
 * text, a line </doc>.  It is no XML: quotes and < stand unescaped in titles, while in
 * the text & < > are escaped once.  The title stays as the first line of the text; an
 * article of nothing but its title has no text. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/entity.h"

enum wiki_state { WIKI_OUT, WIKI_IN };

/* The character an entity stands for, `p` behind the &; 0 if it is none. */
static uint32_t unescape_one(const char *p, size_t left, size_t *size) {
    static const struct {
        const char *name;
        char c;
    } named[] = {{"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}};
    if (left > 0 && p[0] == '#')
        return entity_numeric((struct slice){p, left}, size);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        *size = strlen(named[i].name);
        if (left >= *size && memcmp(p, named[i].name, *size) == 0)
            return (uint32_t)named[i].c;
    }
    return 0;
}

/* The text with its entities resolved once; in r->scratch if there are any. */
static struct slice unescape(struct reader *r, struct slice text) {
    const char *amp = text.size > 0 ? memchr(text.data, '&', text.size) : NULL;
    if (amp == NULL)
        return text;
    str_clear(&r->scratch);
    while (amp) {
        size_t plain = (size_t)(amp - text.data), size = 0;
        size_t left = text.size - plain - 1;
        str_append(&r->scratch, text.data, plain);
        uint32_t c = unescape_one(amp + 1, left, &size);
        if (c == 0)
            c = '&', size = 0;
        reader_append_utf8(&r->scratch, c);
        text = (struct slice){amp + 1 + size, left - size};
        amp = memchr(text.data, '&', text.size);
    }
    str_append(&r->scratch, text.data, text.size);
    return str_slice(&r->scratch);
}

static bool is_head(struct slice text) {
    return slice_starts(text, "<doc id=\"") && text.data[text.size - 1] == '>';
}

/* Keeps the title of a head, which goes up to the last "> of the line. */
static void begin_document(struct reader *r, const struct line *head) {
    static const char before[] = "\" title=\"";
    reader_markup(r, head);
    str_clear(&r->note);
    r->state = WIKI_IN;
    const char *p = memmem(head->text.data, head->text.size, before, sizeof before - 1);
    const char *end = head->text.data + head->text.size - 2;
    if (p && p + sizeof before - 1 < end)
        str_append(&r->note, p + sizeof before - 1,
                   (size_t)(end - p) - (sizeof before - 1));
}

/* An article that is its title and nothing else has no text. */
static int end_document(struct reader *r) {
    struct slice text = str_slice(&r->text), first = {0};
    slice_line(&text, &first);
    bool alone = text.size == 0 || (text.size == 1 && text.data[0] == '\n');
    if (alone && (slice_equal(first, str_slice(&r->note)) ||
                  slice_equal(first, unescape(r, str_slice(&r->note)))))
        str_clear(&r->text);
    return 1;
}

/* Up to the next head; text before it belongs to no document. */
static int find_head(struct reader *r, struct err *err) {
    uint64_t lost = 0, start = r->in->offset;
    struct line line;
    int status;
    bool found = false;
    while (!found && (status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        found = is_head(line.text);
        if (found)
            begin_document(r, &line);
        else if (line_is_blank(&line))
            reader_markup(r, &line);
        else
            lost += line.stored;
    }
    r->in->tally->damaged_bytes += lost;
    if (!found && status < 0)
        return -1;
    if (lost > 0 &&
        input_damage(r->in, start, err, "%llu bytes outside of <doc> … </doc>",
                     (unsigned long long)lost) < 0)
        return -1;
    return found;
}

static int wiki_next(struct reader *r, struct err *err) {
    int status = r->state == WIKI_IN ? 1 : find_head(r, err);
    if (status <= 0)
        return status;
    struct line line;
    uint64_t start = r->in->offset;
    while (!reader_full(r) &&
           (status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        if (is_head(line.text)) {
            end_document(r);
            begin_document(r, &line);
            return input_damage(r->in, start, err, "a document has no </doc>") < 0 ? -1
                                                                                   : 1;
        }
        if (slice_equal(line.text, slice_of("</doc>"))) {
            reader_markup(r, &line);
            r->state = WIKI_OUT;
            return end_document(r);
        }
        line.text = unescape(r, line.text);
        reader_add(r, &line);
    }
    if (status <= 0)
        r->state = WIKI_OUT;
    if (status == 0 && !input_is_cut(r->in))
        status = input_damage(r->in, start, err, "a document has no </doc>");
    return status < 0 ? -1 : end_document(r);
}

static int wiki_bid(struct slice head, const char *name) {
    (void)name;
    while (head.size > 0 && (*head.data == '\n' || *head.data == '\r'))
        head.data++, head.size--;
    return slice_starts(head, "<doc id=\"") ? 90 : 0;
}

const struct reader_format reader_wikiextractor = {"wikiextractor", wiki_bid, wiki_next,
                                                   NULL};
