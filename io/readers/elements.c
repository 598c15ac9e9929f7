/* SPDX-License-Identifier: Apache-2.0 */
/* XML records: see elements.h.  After a fault the parser can say nothing more, so a new
 * one begins at the next record's start tag, inside of a root made up for it.  That is
 * also how a part of a file is read that has no root of its own.  Text cannot fake a
 * start tag, as < is escaped there. */
#include "io/readers/elements.h"

#include <stdio.h>
#include <string.h>

#include "io/readers/reader.h"

enum {
    SEEK_BYTES = 64 << 10,
    TAG_BYTES = 64, /* no start tag that is sought is longer up to its name's end */
    MARK_BYTES = 3, /* of a byte order mark */
};

static const char *const encodings[] = {"", "UTF-16LE", "UTF-16BE"};

void elements_init(struct elements *e, const struct elements_form *form,
                   const struct xml_handler *handler, void *user) {
    *e = (struct elements){.form = form, .xml = xml_create(handler, user)};
}

void elements_fini(struct elements *e) { xml_destroy(e->xml); }

bool elements_begin(struct elements *e, struct input *in) {
    bool anew = in->offset <= MARK_BYTES; /* nothing can be known of it yet */
    e->in = in;
    e->from = in->offset;
    e->running = e->inside = false;
    e->told = !anew;
    e->oldest = 0;
    if (anew)
        e->encoding[0] = '\0';
    return anew;
}

uint64_t elements_take(struct elements *e, uint64_t to) {
    uint64_t bytes = to - e->from;
    e->from = to;
    return bytes;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool ends_name(char c) { return is_space(c) || c == '>' || c == '/'; }

static bool is_listed(const char *const *list, const char *name) {
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

/* After the next `end`; at the limit without one. */
static const char *behind(const char *p, const char *limit, const char *end) {
    const char *at = memmem(p, (size_t)(limit - p), end, strlen(end));
    return at ? at + strlen(end) : limit;
}

/* After what may stand before the first element. */
static const char *skip_prolog(const char *p, const char *limit) {
    for (;;) {
        while (p < limit && is_space(*p))
            p++;
        struct slice rest = {p, (size_t)(limit - p)};
        if (slice_starts(rest, "<?"))
            p = behind(p, limit, "?>");
        else if (slice_starts(rest, "<!--"))
            p = behind(p, limit, "-->");
        else if (slice_starts(rest, "<!")) {
            const char *end = behind(p, limit, ">"),
                       *subset = memchr(p, '[', rest.size);
            p = subset && subset < end ? behind(subset, limit, "]>") : end;
        } else
            return p;
    }
}

const char *elements_look(struct slice head, char name[32]) {
    char narrow[READER_LOOK_BYTES / 2];
    const char *p = head.data ? head.data : "", *limit = p + head.size;
    int wide = 0; /* index in encodings */
    if (slice_starts(head, "\xff\xfe") || (head.size > 1 && p[0] == '<' && !p[1]))
        wide = 1;
    else if (slice_starts(head, "\xfe\xff") || (head.size > 1 && !p[0] && p[1] == '<'))
        wide = 2;
    if (wide) {
        size_t n = 0;
        bool mark = (unsigned char)p[0] >= 0xfe;
        for (size_t i = mark ? 2 : 0; i + 1 < head.size && n < sizeof narrow; i += 2)
            narrow[n++] = p[i + (wide == 2)];
        p = narrow;
        limit = narrow + n;
    }
    p = skip_prolog(p, limit);
    size_t n = 0;
    for (p += p < limit && *p == '<'; p < limit && !ends_name(*p) && n < 31; p++)
        name[n++] = *p;
    while (n > 0 && memchr(name, ':', n))
        memmove(name, name + 1, --n);
    name[p < limit ? n : 0] = '\0';
    return encodings[wide];
}

/* Where in `bytes` the first start tag of that name lies, two bytes a character if
 * wide; the size if nowhere. */
static size_t find_tag(struct slice bytes, const char *name, int wide) {
    char tag[TAG_BYTES] = {0};
    size_t step = wide ? 2 : 1, n = step * (strlen(name) + 1);
    for (size_t i = 0; i < n; i += step)
        tag[i + (wide == 2)] = i == 0 ? '<' : name[i / step - 1];
    const char *p = bytes.data, *end = bytes.data + bytes.size;
    while ((p = memmem(p, (size_t)(end - p), tag, n)) != NULL) {
        if ((size_t)(end - p) < n + step)
            break;
        if (ends_name(p[n + (wide == 2)]))
            return (size_t)(p - bytes.data);
        p++;
    }
    return bytes.size;
}

/* Where the first start tag of a record lies; as above. */
static size_t find_record(const struct elements_form *form, struct slice bytes,
                          int wide) {
    size_t first = bytes.size;
    for (const char *const *name = form->records; *name; name++) {
        size_t at = find_tag(bytes, *name, wide);
        first = at < first ? at : first;
    }
    return first;
}

int elements_bid(struct slice head, const char *name,
                 const struct elements_form *form) {
    char root[32];
    elements_look(head, root);
    if (is_listed(form->roots, root))
        return 95;
    if (is_listed(form->records, root))
        return 90;
    bool within = strstr(name, ".xml") && find_record(form, head, 0) < head.size;
    return within ? 50 : 0;
}

/* Passes over bytes up to the next record: 1, 0 there is none, -1.  *lost says whether
 * any of them were not blank. */
static int seek(struct elements *e, bool *lost, struct err *err) {
    int wide = 2;
    while (wide > 0 && strcmp(e->encoding, encodings[wide]) != 0)
        wide--;
    for (;;) {
        struct slice bytes;
        uint64_t passed;
        if (input_peek(e->in, SEEK_BYTES, &bytes, err) < 0)
            return -1;
        size_t skip = e->in->offset < e->oldest && bytes.size > 0;
        struct slice rest = {bytes.data + skip, bytes.size - skip};
        size_t at = rest.size > 0 ? skip + find_record(e->form, rest, wide) : skip;
        bool found = at < bytes.size, last = bytes.size < SEEK_BYTES;
        size_t size = found || last ? at : bytes.size - TAG_BYTES;
        for (size_t i = 0; i < size && !*lost; i++)
            *lost = !is_space(bytes.data[i]) && bytes.data[i];
        if (input_pass(e->in, size, &passed, err) < 0)
            return -1;
        if (found || last)
            return found;
    }
}

/* Starts the parser at the next place where one may: 1, 0 there is none, -1. */
static int start(struct elements *e, struct err *err) {
    char name[32];
    struct slice head;
    int status = 1;
    bool lost = e->inside;
    if (input_peek(e->in, READER_LOOK_BYTES, &head, err) < 0)
        return -1;
    const char *encoding = elements_look(head, name);
    if (encoding[0])
        snprintf(e->encoding, sizeof e->encoding, "%s", encoding);
    bool tried = e->in->offset < e->oldest;
    bool whole = !tried && is_listed(e->form->roots, name);
    uint64_t place = e->in->offset;
    if (!whole && (tried || !is_listed(e->form->records, name)))
        status = seek(e, &lost, err);
    struct tally *tally = e->in->tally;
    *(lost ? &tally->damaged_bytes : &tally->markup_bytes) +=
        elements_take(e, e->in->offset);
    if (status < 0 || (lost && !e->told &&
                       input_damage(e->in, place, err, "XML without a <%s>",
                                    e->form->records[0]) < 0))
        return -1;
    e->inside = e->told = e->held = false;
    e->added_root = !whole;
    e->running = status == 1;
    e->oldest = e->in->offset + 1;
    if (status == 1)
        xml_begin(e->xml, whole ? "" : e->encoding, whole ? NULL : e->form->root,
                  e->in->offset);
    return status;
}

/* The parser can go no further: reports it and gives back what it had not read. */
static int broken(struct elements *e, struct err *err) {
    struct input *in = e->in;
    e->running = false;
    input_unread(in, xml_unparsed(e->xml));
    if (e->encoding[0] == '\0')
        snprintf(e->encoding, sizeof e->encoding, "%s", xml_encoding(e->xml));
    if (!e->inside)
        in->tally->markup_bytes += elements_take(e, in->offset);
    if (xml_is_closed(e->xml)) /* another document may follow */
        return ELEMENTS_END;
    e->told = true;
    if (input_damage(in, in->offset, err, "XML: %s", xml_fault(e->xml)) < 0)
        return -1;
    return ELEMENTS_CUT;
}

/* The input is at its end, for good or by damage. */
static int end(struct elements *e, struct err *err) {
    struct tally *tally = e->in->tally;
    if (input_is_cut(e->in)) {
        if (!e->inside)
            tally->markup_bytes += elements_take(e, xml_start_offset(e->xml));
        tally->damaged_bytes += e->inside ? 0 : elements_take(e, e->in->offset);
        e->running = false;
        e->told = true;
        return e->inside ? ELEMENTS_CUT : ELEMENTS_END;
    }
    enum xml_status status = xml_feed(e->xml, (struct slice){0});
    bool nothing_open = xml_depth(e->xml) == e->added_root;
    if (status == XML_BROKEN && !(xml_is_unfinished(e->xml) && nothing_open)) {
        int cut = broken(e, err);
        e->oldest = e->in->offset + 1; /* a tag without its end stays one */
        return cut;
    }
    e->running = false;
    tally->markup_bytes += elements_take(e, e->in->offset);
    return ELEMENTS_END;
}

int elements_next(struct elements *e, struct err *err) {
    for (;;) {
        int status = e->running ? 1 : start(e, err);
        if (status <= 0)
            return status;
        enum xml_status next = e->held ? xml_resume(e->xml) : XML_MORE;
        e->held = false;
        struct slice piece;
        while (next == XML_MORE &&
               (status = input_some(e->in, XML_PIECE_MAX, &piece, err)) == 1)
            next = xml_feed(e->xml, piece);
        if (status < 0)
            return -1;
        e->held = next == XML_HELD;
        if (e->held)
            return ELEMENTS_HELD;
        status = status == 0 ? end(e, err) : broken(e, err);
        if (status < 0 || (status == ELEMENTS_CUT && e->inside))
            return status;
    }
}
