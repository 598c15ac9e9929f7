/* SPDX-License-Identifier: Apache-2.0 */
/* `cirrus`: a search index of a wiki as CirrusSearch dumps it: lines by twos, an action
 * {"index": …} and the page with its text, templates expanded and markup gone.  Pages
 * outside of namespace 0 are no articles.  The text has its references at the ends of
 * its lines, after "  ^ "; they go.  The title becomes the first line, as
 * WikiExtractor writes it.  An action is known by its key, so that a line lost costs no
 * other. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/fields.h"

enum cirrus_field { INDEX, NAMESPACE, TITLE, TEXT, LANGUAGE, FIELDS };

/* Cuts every line at its first "  ^ ", in place. */
static void drop_references(struct str *text, size_t from) {
    static const char mark[] = "  ^ ";
    char *to = text->data + from, *p = to, *end = text->data + text->size;
    while (p < end) {
        char *feed = memchr(p, '\n', (size_t)(end - p));
        char *line_end = feed ? feed + 1 : end;
        char *cut = memmem(p, (size_t)(line_end - p), mark, sizeof mark - 1);
        size_t size = (size_t)((cut ? cut : line_end) - p);
        memmove(to, p, size);
        to += size;
        if (cut && feed)
            *to++ = '\n';
        p = line_end;
    }
    text->size = (size_t)(to - text->data);
    text->data[text->size] = '\0';
}

/* The document of a page's fields: its title, a blank line, its text; one without text
 * stays empty. */
static void make_document(struct reader *r, const struct field *fields) {
    struct slice title = fields[TITLE].raw, text = fields[TEXT].raw;
    if (!fields[TEXT].is_string || text.size == 0)
        return;
    fields_decode(&r->text, title);
    str_append(&r->text, "\n\n", 2);
    size_t head = r->text.size;
    fields_decode(&r->text, text);
    reader_fold_lines(&r->text);
    drop_references(&r->text, head);
    if (r->text.size == head)
        str_clear(&r->text);
    fields_decode(&r->language, fields[LANGUAGE].raw);
    r->stored = title.size + text.size;
}

static bool is_article(struct reader *r, const struct field *fields) {
    struct slice space = fields[NAMESPACE].raw;
    input_kind(r->in, "CirrusSearch namespace", space);
    return space.data == NULL || slice_equal(space, slice_of("0"));
}

static int cirrus_next(struct reader *r, struct err *err) {
    for (;;) {
        struct field fields[FIELDS] = {{.path = "index._id"},
                                       {.path = "namespace"},
                                       {.path = "title"},
                                       {.path = "text"},
                                       {.path = "language"}};
        struct line line;
        size_t wrong;
        int status = input_line(r->in, UINT64_MAX, &line, err);
        if (status <= 0)
            return status;
        if (line_is_blank(&line)) {
            reader_markup(r, &line);
        } else if (fields_find(line.text, fields, FIELDS, &wrong) != FIELDS_GOOD) {
            if (reader_bad_json(r, &line, wrong, err) < 0)
                return -1;
        } else if (fields[INDEX].raw.data) {
            reader_markup(r, &line);
        } else if (!is_article(r, fields)) {
            r->in->tally->skipped_bytes += line.stored;
            r->in->tally->pages_not_articles++;
        } else {
            make_document(r, fields);
            r->in->tally->markup_bytes += line.stored - r->stored;
            return 1;
        }
    }
}

static int cirrus_bid(struct slice head, const char *name) {
    (void)name;
    return slice_starts(head, "{\"index\":{") || slice_starts(head, "{\"index\": {")
               ? 90
               : 0;
}

const struct reader_format reader_cirrus = {
    .name = "cirrus", .bid = cirrus_bid, .next = cirrus_next};
