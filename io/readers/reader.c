/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats, who gets a member, and what all formats share: see reader.h. */
#include "io/readers/reader.h"

#include <string.h>
#include <strings.h>

#include "io/signature.h"

static const struct reader_format *const formats[] = {
    &reader_files,     &reader_gutenberg,     &reader_blankline, &reader_lines,
    &reader_sentences, &reader_wikiextractor, &reader_mediawiki, &reader_cirrus,
    &reader_jsonl,     &reader_wet,           &reader_tei,
};
enum { FORMAT_COUNT = sizeof formats / sizeof *formats };

int reader_find(const char *name, const struct reader_format **format,
                struct err *err) {
    *format = NULL;
    if (name == NULL || strcmp(name, "auto") == 0)
        return 0;
    struct str names = {0};
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(formats[i]->name, name) == 0)
            *format = formats[i];
        str_printf(&names, " %s", formats[i]->name);
    }
    if (*format == NULL)
        err_set(err, ERR_CONFIG, "format '%s' is not known; there are: auto%s", name,
                names.data);
    str_fini(&names);
    return *format ? 0 : -1;
}

const struct reader_format *reader_choose(struct slice head, const char *name) {
    const struct reader_format *best = NULL;
    int highest = 0;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        int bid = formats[i]->bid(head, name);
        if (bid > highest) {
            highest = bid;
            best = formats[i];
        }
    }
    return highest < READER_SURE && signature_find(head) ? NULL : best;
}

static void close_format(struct reader *r) {
    if (r->format && r->format->close)
        r->format->close(r);
}

void reader_begin(struct reader *r, const struct reader_format *format,
                  struct input *in, const char *text_key) {
    if (r->format != format)
        close_format(r);
    r->format = format;
    r->in = in;
    r->text_key = text_key && strcmp(text_key, "auto") != 0 ? text_key : NULL;
    r->state = 0;
    r->count = 0;
}

static bool has_text(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] > ' ')
            return true;
    return false;
}

int reader_next(struct reader *r, struct err *err) {
    struct tally *tally = r->in->tally;
    str_clear(&r->text);
    str_clear(&r->url);
    str_clear(&r->language);
    r->stored = 0;
    int status = r->format->next(r, err);
    if (status <= 0)
        return status;
    while (r->text.size > 0 && r->text.data[r->text.size - 1] == '\n')
        r->text.data[--r->text.size] = '\0';
    bool full = has_text(str_slice(&r->text));
    tally->documents++;
    tally->documents_empty += !full;
    *(full ? &tally->text_bytes : &tally->markup_bytes) += r->stored;
    return full ? 1 : 2;
}

void reader_fini(struct reader *r) {
    close_format(r);
    str_fini(&r->text);
    str_fini(&r->url);
    str_fini(&r->language);
    str_fini(&r->note);
    str_fini(&r->scratch);
}

void reader_add(struct reader *r, const struct line *line) {
    struct str *text = &r->text;
    if (!line_is_blank(line)) {
        str_append(text, line->text.data, line->text.size);
        str_append_char(text, '\n');
        r->stored += line->stored;
        return;
    }
    r->in->tally->markup_bytes += line->stored;
    if (text->size > 1 && text->data[text->size - 2] != '\n')
        str_append_char(text, '\n');
}

void reader_markup(struct reader *r, const struct line *line) {
    r->in->tally->markup_bytes += line->stored;
}

int reader_bad_json(struct reader *r, const struct line *line, size_t wrong,
                    struct err *err) {
    r->in->tally->damaged_bytes += line->stored;
    return input_damage(r->in, r->in->offset - line->stored, err,
                        "no object of JSON (wrong at byte %zu of the line)", wrong);
}

void reader_fold_lines(struct str *text) {
    char *to = text->size > 0 ? memchr(text->data, '\r', text->size) : NULL;
    if (to == NULL)
        return;
    const char *end = text->data + text->size;
    for (const char *from = to; from < end; from++)
        if (*from != '\r' || from + 1 == end || from[1] != '\n')
            *to++ = *from;
    text->size = (size_t)(to - text->data);
    *to = '\0';
}

void reader_append_utf8(struct str *out, uint32_t c) {
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    int more = c < 0x80      ? 0
               : c < 0x800   ? 1
               : c < 0x10000 ? 2
                             : 3; /* bytes after the first */
    str_append_char(out, (char)(lead[more] | c >> 6 * more));
    while (more-- > 0)
        str_append_char(out, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

bool reader_full(const struct reader *r) { return r->text.size >= READER_DOCUMENT_MAX; }

bool line_is_blank(const struct line *line) {
    for (size_t i = 0; i < line->text.size; i++)
        if ((unsigned char)line->text.data[i] > ' ')
            return false;
    return true;
}

bool reader_name_ends(const char *name, const char *suffix) {
    size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcasecmp(name + n - m, suffix) == 0;
}
