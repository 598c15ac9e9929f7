/* SPDX-License-Identifier: Apache-2.0 */
/* What WikiExtractor writes: a line <doc id="…" url="…" title="…">, the title, the
 * text, a line </doc>.  It is no XML: quotes and < stand unescaped in titles, while in
 * the text & < > are escaped once.  The title stays as the first line of the text; an
 * article of nothing but its title has no text. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/entity.h"

enum wiki_state { WIKI_OUT, WIKI_IN };

/* The text with its entities resolved; in r->scratch if there are any. */
static struct slice unescape(struct reader *r, struct slice text) {
    if (text.size == 0 || memchr(text.data, '&', text.size) == NULL)
        return text;
    str_clear(&r->scratch);
    entity_unescape(&r->scratch, text);
    return str_slice(&r->scratch);
}

static bool is_head(struct slice text) {
    return slice_starts(text, "<doc id=\"") && text.data[text.size - 1] == '>';
}

static void begin_document(struct reader *r, const struct line *head) {
    reader_markup(r, head);
    str_clear(&r->note);
    str_append(&r->note, head->text.data, head->text.size);
    r->state = WIKI_IN;
}

/* The value of an attribute of the head, from after `begin` to before `end`; to the
 * last "> of the line if that is NULL. */
static struct slice attribute(const struct str *head, const char *begin,
                              const char *end) {
    const char *last = head->data + head->size - 2, *to = last;
    const char *from = memmem(head->data, head->size, begin, strlen(begin));
    if (from == NULL || from + strlen(begin) > last)
        return (struct slice){0};
    from += strlen(begin);
    if (end != NULL)
        to = memmem(from, (size_t)(last - from), end, strlen(end));
    return to ? (struct slice){from, (size_t)(to - from)} : (struct slice){0};
}

/* An article that is its title and nothing else has no text. */
static int end_document(struct reader *r) {
    struct slice title = attribute(&r->note, "\" title=\"", NULL);
    struct slice url = attribute(&r->note, "\" url=\"", "\"");
    struct slice text = str_slice(&r->text), first = {0};
    slice_line(&text, &first);
    bool alone = text.size == 0 || (text.size == 1 && text.data[0] == '\n');
    if (alone && (slice_equal(first, title) || slice_equal(first, unescape(r, title))))
        str_clear(&r->text);
    str_append(&r->url, url.data, url.size);
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

const struct reader_format reader_wikiextractor = {
    .name = "wikiextractor", .bid = wiki_bid, .next = wiki_next};
