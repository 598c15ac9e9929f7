/* SPDX-License-Identifier: Apache-2.0 */
/* `wet`: the conversion records of a WARC file, a document each (Common Crawl's WET
 * files). A record is a header of lines up to a blank one, Content-Length bytes, two
 * CRLF.  The length rules: a text may well hold the words WARC/1.0.  Only if no record
 * (or end) follows the body is the length a lie: then the record ends at the next
 * header inside of it, if any, and the bytes from there are read again.  Without that,
 * the next header line is sought. */
#include "io/readers/reader.h"

#include <string.h>
#include <strings.h>

enum { HEADER_MAX = 64 << 10, BETWEEN_MAX = 4 };
enum wet_state { WET_READY, WET_LOST };

static const char version[] = "WARC/1.";

struct wet_header {
    bool is_conversion;
    int64_t length; /* -1: not there */
    uint64_t stored;
};

static bool names(struct slice line, const char *name, struct slice *value) {
    size_t n = strlen(name);
    if (line.size < n || strncasecmp(line.data, name, n) != 0)
        return false;
    *value = (struct slice){line.data + n, line.size - n};
    while (value->size > 0 && (*value->data == ' ' || *value->data == '\t'))
        value->data++, value->size--;
    return true;
}

/* Decimal digits, up to 18 of them, and nothing else. */
static int64_t parse_length(struct slice digits) {
    int64_t value = 0;
    while (digits.size > 0 && digits.data[digits.size - 1] == ' ')
        digits.size--;
    if (digits.size == 0 || digits.size > 18)
        return -1;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return -1;
        value = value * 10 + (digits.data[i] - '0');
    }
    return value;
}

/* The lines behind the version line: 1, 0 no good header (its bytes are counted as
 * damaged), -1. */
static int read_header(struct reader *r, struct wet_header *header, struct err *err) {
    struct line line;
    struct slice value;
    int status;
    str_clear(&r->note);
    while ((status = input_line(r->in, HEADER_MAX, &line, err)) == 1) {
        header->stored += line.stored;
        if (line.text.size == 0 || header->stored > HEADER_MAX)
            break;
        if (names(line.text, "Content-Length:", &value))
            header->length = parse_length(value);
        else if (names(line.text, "WARC-Type:", &value)) {
            header->is_conversion = slice_equal(value, slice_of("conversion"));
            str_clear(&r->note);
            str_append(&r->note, value.data, value.size);
        }
    }
    if (status < 0)
        return -1;
    bool good = status == 1 && header->stored <= HEADER_MAX && header->length >= 0;
    *(good ? &r->in->tally->markup_bytes : &r->in->tally->damaged_bytes) +=
        header->stored;
    if (good)
        input_kind(r->in, "WARC", str_slice(&r->note));
    return good;
}

/* Takes lines up to a version line: 1 (its size in *stored), 0 end, -1.  Other lines
 * than blank ones are damage. */
static int find_record(struct reader *r, uint64_t *stored, struct err *err) {
    uint64_t lost = 0, start = r->in->offset;
    bool was_blank = true;
    struct line line;
    int status;
    while ((status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        if (was_blank && slice_starts(line.text, version))
            break;
        was_blank = line_is_blank(&line);
        if (was_blank)
            reader_markup(r, &line);
        else
            lost += line.stored;
    }
    r->in->tally->damaged_bytes += lost;
    bool told = r->state == WET_LOST;
    r->state = WET_READY;
    *stored = status == 1 ? line.stored : 0;
    if (status >= 0 && lost > 0 && !told &&
        input_damage(r->in, start, err, "%llu bytes that are no WARC record",
                     (unsigned long long)lost) < 0)
        return -1;
    return status;
}

/* Whether what follows a body is as it should be: a record, or the end. */
static int follows(struct input *in, bool *good, struct err *err) {
    struct slice head;
    if (input_peek(in, BETWEEN_MAX + sizeof version - 1, &head, err) < 0)
        return -1;
    for (int i = 0; i < BETWEEN_MAX && head.size > 0; i++)
        if (*head.data == '\r' || *head.data == '\n')
            head.data++, head.size--;
    *good = head.size == 0 || slice_starts(head, version);
    return 0;
}

/* The first version line behind a blank line, or NULL; at the LF that ends the blank
 * line. */
static char *find_header(const struct str *body) {
    static const char next[] = "\nWARC/1.";
    char *at = body->data, *end = body->data + body->size;
    while (at && (at = memmem(at, (size_t)(end - at), next, sizeof next - 1)) != NULL) {
        size_t before = (size_t)(at - body->data);
        if (before > 0 && at[-1] == '\n')
            return at;
        if (before > 1 && at[-1] == '\r' && at[-2] == '\n')
            return at;
        at++;
    }
    return NULL;
}

/* The length was wrong: gives back what begins with the next header in the body (or
 * across its end, which is why a few bytes more are looked at). */
static int cut_body(struct reader *r, uint64_t start, struct err *err) {
    struct slice more;
    size_t size = r->text.size;
    if (input_peek(r->in, sizeof version - 1, &more, err) < 0)
        return -1;
    str_append(&r->text, more.data, more.size);
    const char *at = find_header(&r->text);
    size_t keep = at ? (size_t)(at - r->text.data) : size;
    while (at && keep > 0 && strchr("\r\n", r->text.data[keep - 1]))
        keep--;
    input_unread(r->in, (struct slice){r->text.data + keep, size - keep});
    r->text.size = keep;
    r->text.data[keep] = '\0';
    r->state = at ? WET_READY : WET_LOST;
    return input_damage(r->in, start, err, "a WARC record with a wrong Content-Length");
}

/* The body into r->text. */
static int read_body(struct reader *r, int64_t length, struct err *err) {
    uint64_t start = r->in->offset;
    bool good = true;
    if (input_bytes(r->in, (uint64_t)length, &r->text, err) < 0)
        return -1;
    bool whole = r->text.size == (size_t)length;
    if (whole && follows(r->in, &good, err) < 0)
        return -1;
    bool lie = whole ? !good : !input_is_cut(r->in);
    return lie ? cut_body(r, start, err) : 0;
}

/* A body too long to hold: a text of that size is a lie, anything else is passed over.
 */
static int pass_body(struct reader *r, const struct wet_header *header,
                     struct err *err) {
    uint64_t passed = 0, start = r->in->offset, length = (uint64_t)header->length;
    if (!header->is_conversion && input_pass(r->in, length, &passed, err) < 0)
        return -1;
    r->in->tally->skipped_bytes += passed;
    if (passed == length || input_is_cut(r->in))
        return 0;
    r->state = WET_LOST;
    return input_damage(r->in, start, err, "a WARC record of %llu bytes is dropped",
                        (unsigned long long)length);
}

/* One record; *is_document says whether it is one, in r->text.  1, 0 end, -1. */
static int read_record(struct reader *r, bool *is_document, struct err *err) {
    struct wet_header header = {.length = -1};
    uint64_t start = r->in->offset;
    int status = find_record(r, &header.stored, err);
    if (status <= 0)
        return status;
    status = read_header(r, &header, err);
    if (status < 0)
        return -1;
    if (status == 0 && input_is_cut(r->in))
        return 0;
    if (status == 0) {
        r->state = WET_LOST;
        status = input_damage(r->in, start, err, "a WARC record without a length");
    } else if (header.length > READER_DOCUMENT_MAX) {
        status = pass_body(r, &header, err);
    } else {
        status = read_body(r, header.length, err);
        *is_document = header.is_conversion;
    }
    return status < 0 ? -1 : 1;
}

static int wet_next(struct reader *r, struct err *err) {
    for (;;) {
        bool is_document = false;
        int status = read_record(r, &is_document, err);
        if (status <= 0)
            return status;
        if (is_document) {
            r->stored = r->text.size;
            reader_fold_lines(&r->text);
            return 1;
        }
        r->in->tally->skipped_bytes += r->text.size;
        str_clear(&r->text);
    }
}

static int wet_bid(struct slice head, const char *name) {
    (void)name;
    return slice_starts(head, version) ? 95 : 0;
}

const struct reader_format reader_wet = {"wet", wet_bid, wet_next};
