/* SPDX-License-Identifier: Apache-2.0 */
/* `wet`: the conversion records of a WARC file, if they are plain text, a document each
 * (Common Crawl's WET files); other records are passed over.  A record is a header of
 * lines up to a blank one, Content-Length bytes, two CRLF.  The length rules: a text
 * may well hold the words WARC/1.0.  Only if no record (or end) follows the body is the
 * length a lie: then the record ends at the next header inside of it, if any, and the
 * bytes from there are read again.  Without that, the next header line is sought. */
#include "io/readers/reader.h"

#include <string.h>
#include <strings.h>

enum {
    HEADER_MAX = 64 << 10,
    BETWEEN_MAX = 8 /* bytes of line ends; some write more */
};
enum { AGAIN_MAX = 256 << 20 }; /* bytes of a member that are read again */
enum wet_state { WET_READY, WET_LOST };

static const char version[] = "WARC/";
enum { VERSION_BYTES = 7 }; /* "WARC/1.": 0.17 and before, 1.0, 1.1 */

struct wet_header {
    bool is_conversion;
    bool is_other;  /* its content is something else than plain text */
    int64_t length; /* -1: not there */
    uint64_t stored;
};

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool is_version(struct slice line) {
    return line.size >= VERSION_BYTES && slice_starts(line, version) &&
           line.data[5] >= '0' && line.data[5] <= '9' && line.data[6] == '.';
}

/* Whether the field is `name`, in any case; some write blanks before the colon.  Blanks
 * around the value go. */
static bool names(struct slice line, const char *name, struct slice *value) {
    size_t n = strlen(name);
    if (line.size < n || strncasecmp(line.data, name, n) != 0)
        return false;
    *value = (struct slice){line.data + n, line.size - n};
    while (value->size > 0 && is_blank(*value->data))
        value->data++, value->size--;
    if (value->size == 0 || *value->data != ':')
        return false;
    do
        value->data++, value->size--;
    while (value->size > 0 && is_blank(*value->data));
    while (value->size > 0 && is_blank(value->data[value->size - 1]))
        value->size--;
    return true;
}

static bool same(struct slice value, const char *word) {
    return value.size == strlen(word) && strncasecmp(value.data, word, value.size) == 0;
}

/* Decimal digits, up to 18 of them, and nothing else. */
static int64_t parse_length(struct slice digits) {
    int64_t value = 0;
    if (digits.size == 0 || digits.size > 18)
        return -1;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return -1;
        value = value * 10 + (digits.data[i] - '0');
    }
    return value;
}

/* What a line of a header says, if it is wanted; of several languages the first. */
static void take_field(struct reader *r, struct wet_header *header, struct slice line) {
    struct slice value;
    if (names(line, "Content-Length", &value)) {
        header->length = parse_length(value);
    } else if (names(line, "WARC-Type", &value)) {
        header->is_conversion = same(value, "conversion");
        str_clear(&r->note);
        str_append(&r->note, value.data, value.size);
    } else if (names(line, "Content-Type", &value)) {
        header->is_other =
            value.size < 10 || strncasecmp(value.data, "text/plain", 10) != 0;
    } else if (names(line, "WARC-Target-URI", &value)) {
        bool framed = value.size > 1 && *value.data == '<' &&
                      value.data[value.size - 1] == '>'; /* as WARC 1.0 had it */
        str_clear(&r->url);
        str_append(&r->url, value.data + framed, value.size - 2 * (size_t)framed);
    } else if (names(line, "WARC-Identified-Content-Language", &value)) {
        const char *comma = value.size > 0 ? memchr(value.data, ',', value.size) : NULL;
        str_clear(&r->language);
        str_append(&r->language, value.data,
                   comma ? (size_t)(comma - value.data) : value.size);
    }
}

/* Takes the lines of a header up to the blank one: 1, 0 the input ends before, -1.  A
 * line that begins with a blank goes on with the field before it. */
static int read_fields(struct reader *r, struct wet_header *header, struct err *err) {
    struct line line;
    int status;
    str_clear(&r->scratch);
    while ((status = input_line(r->in, HEADER_MAX, &line, err)) == 1) {
        header->stored += line.stored;
        bool folded = line.text.size > 0 && is_blank(*line.text.data);
        if (!folded) {
            take_field(r, header, str_slice(&r->scratch));
            str_clear(&r->scratch);
        }
        if (line.text.size == 0 || header->stored > HEADER_MAX)
            break;
        str_append(&r->scratch, line.text.data, line.text.size);
    }
    return status;
}

/* The lines after the version line: 1, 0 no good header (its bytes are counted as
 * damaged), -1. */
static int read_header(struct reader *r, struct wet_header *header, struct err *err) {
    str_clear(&r->url);
    str_clear(&r->language);
    str_clear(&r->note);
    int status = read_fields(r, header, err);
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
        if (was_blank && is_version(line.text))
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
    if (input_peek(in, BETWEEN_MAX + VERSION_BYTES, &head, err) < 0)
        return -1;
    for (int i = 0; i < BETWEEN_MAX && head.size > 0; i++)
        if (*head.data == '\r' || *head.data == '\n')
            head.data++, head.size--;
    *good = head.size == 0 || is_version(head);
    return 0;
}

/* The first version line after a blank line, or NULL; at the LF that ends the blank
 * line. */
static char *find_header(const struct str *body) {
    static const char next[] = "\nWARC/";
    char *at = body->data, *end = body->data + body->size;
    while (at && (at = memmem(at, (size_t)(end - at), next, sizeof next - 1)) != NULL) {
        size_t before = (size_t)(at - body->data);
        bool blank = (before > 0 && at[-1] == '\n') ||
                     (before > 1 && at[-1] == '\r' && at[-2] == '\n');
        if (blank && is_version((struct slice){at + 1, (size_t)(end - at) - 1}))
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
    if (input_peek(r->in, VERSION_BYTES, &more, err) < 0)
        return -1;
    str_append(&r->text, more.data, more.size);
    const char *at = find_header(&r->text);
    size_t keep = at ? (size_t)(at - r->text.data) : size;
    while (at && keep > 0 && strchr("\r\n", r->text.data[keep - 1]))
        keep--;
    r->count += size - keep;
    bool again = r->count <= AGAIN_MAX; /* else the file makes it read for ever */
    if (again)
        input_unread(r->in, (struct slice){r->text.data + keep, size - keep});
    else
        r->in->tally->damaged_bytes += size - keep;
    r->text.size = keep;
    r->text.data[keep] = '\0';
    r->state = at && again ? WET_READY : WET_LOST;
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

enum record { RECORD_BAD, RECORD_OTHER, RECORD_DOCUMENT };

/* One record, its body in r->text; says what it is.  1, 0 end, -1. */
static int read_record(struct reader *r, enum record *what, struct err *err) {
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
        *what = header.is_conversion ? RECORD_BAD : RECORD_OTHER;
    } else {
        status = read_body(r, header.length, err);
        *what =
            header.is_conversion && !header.is_other ? RECORD_DOCUMENT : RECORD_OTHER;
    }
    return status < 0 ? -1 : 1;
}

static int wet_next(struct reader *r, struct err *err) {
    for (;;) {
        enum record what = RECORD_BAD;
        int status = read_record(r, &what, err);
        if (status <= 0)
            return status;
        if (what == RECORD_DOCUMENT) {
            r->stored = r->text.size;
            reader_fold_lines(&r->text);
            return 1;
        }
        r->in->tally->skipped_bytes += r->text.size;
        r->in->tally->records_skipped += what == RECORD_OTHER;
        str_clear(&r->text);
    }
}

static int wet_bid(struct slice head, const char *name) {
    (void)name;
    while (head.size > 0 && (*head.data == '\r' || *head.data == '\n'))
        head.data++, head.size--;
    return is_version(head) ? 95 : 0;
}

const struct reader_format reader_wet = {
    .name = "wet", .bid = wet_bid, .next = wet_next};
