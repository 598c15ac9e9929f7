/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: an object a line, or objects however they lie (objects.h), which the beginning
 * shows.  The text is a string under data.sources[i].text_key, or if that says "auto"
 * under the first of the keys that corpora use; one that is there and empty is the text
 * too.  Address and language are looked for under their usual keys.  What is no object
 * is dropped as damaged: of lines just the line. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/fields.h"
#include "io/readers/objects.h"
#include "src/base/mem.h"

enum role { TEXT, URL, LANGUAGE, ROLES };

/* By role, the better first.  OSCAR has content, cc_net and RedPajama 2 raw_content,
 * everybody else (WikiExtractor, C4, Dolma, The Pile, FineWeb) text. */
static const struct known {
    const char *path;
    enum role role;
} known[] = {
    {"text", TEXT},
    {"content", TEXT},
    {"raw_content", TEXT},
    {"url", URL},
    {"warc_headers.warc-target-uri", URL},
    {"metadata.url", URL},
    {"meta.url", URL},
    {"language", LANGUAGE},
    {"lang", LANGUAGE},
    {"metadata.identification.label", LANGUAGE},
    {"metadata.language", LANGUAGE},
    {"meta.language", LANGUAGE},
};
enum { KNOWN_COUNT = sizeof known / sizeof *known };

enum jsonl_state { JSONL_NEW, JSONL_LINES, JSONL_OBJECTS };

/* Also the mark before each object of a JSON text sequence. */
static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == FIELDS_MARK;
}

/* Puts what was found first for each role. */
static void choose(const struct field *fields, struct slice chosen[ROLES]) {
    for (int i = KNOWN_COUNT - 1; i >= 0; i--)
        if (fields[i].raw.data && fields[i].is_string)
            chosen[known[i].role] = fields[i].raw;
}

/* What the bytes are; with the values, not decoded, by role. */
static enum fields_found find(const struct reader *r, struct slice json,
                              struct slice found[ROLES], size_t *end) {
    struct field fields[KNOWN_COUNT];
    for (int i = 0; i < KNOWN_COUNT; i++)
        fields[i] = (struct field){
            .path = known[i].role == TEXT && r->text_key ? r->text_key : known[i].path};
    enum fields_found what = fields_find(json, fields, KNOWN_COUNT, end);
    choose(fields, found);
    return what;
}

/* Makes the document of an object of so many bytes. */
static void make_document(struct reader *r, const struct slice found[ROLES],
                          uint64_t size) {
    fields_decode(&r->text, found[TEXT]);
    reader_fold_lines(&r->text);
    fields_decode(&r->url, found[URL]);
    fields_decode(&r->language, found[LANGUAGE]);
    r->stored = found[TEXT].size;
    r->in->tally->markup_bytes += size - r->stored;
}

/* ---- objects however they lie ---- */

static int next_object(struct reader *r, struct err *err) {
    int status;
    while ((status = objects_next(r->machine, r->in, &r->scratch, err)) == 1) {
        struct slice json = str_slice(&r->scratch), found[ROLES] = {0};
        size_t end;
        if (find(r, json, found, &end) == FIELDS_GOOD) {
            make_document(r, found, json.size);
            return 1;
        }
        const struct objects *objects = r->machine;
        uint64_t at = r->in->offset - objects->rest.size - json.size;
        r->in->tally->damaged_bytes += json.size;
        if (input_damage(r->in, at, err, "no object of JSON (wrong at byte %zu of it)",
                         end) < 0)
            return -1;
    }
    return status;
}

static int begin_objects(struct reader *r, struct err *err) {
    if (r->machine == NULL)
        r->machine = mem_alloc(1, sizeof(struct objects));
    *(struct objects *)r->machine = (struct objects){0};
    r->state = JSONL_OBJECTS;
    return next_object(r, err);
}

/* ---- an object a line ---- */

/* Whether another object follows in the same line, or a comma, as in a list. */
static bool goes_on(struct slice json, size_t end) {
    while (end < json.size && (json.data[end] == ' ' || json.data[end] == '\t'))
        end++;
    return end < json.size && (json.data[end] == ',' || json.data[end] == '{');
}

/* Whether the line just taken is not all of an object, and not for being damaged: the
 * next line is no object of its own. */
static bool is_indented(struct reader *r, enum fields_found what, bool *yes,
                        struct err *err) {
    static const char next[] = "{\"";
    struct slice head;
    if (input_peek(r->in, sizeof next - 1, &head, err) < 0)
        return false;
    *yes = what == FIELDS_CUT && head.size > 0 && !slice_starts(head, next);
    return true;
}

static int next_line(struct reader *r, struct err *err) {
    for (;;) {
        struct line line;
        int status = input_line(r->in, UINT64_MAX, &line, err);
        if (status <= 0)
            return status;
        if (line_is_blank(&line)) {
            reader_markup(r, &line);
            continue;
        }
        struct slice found[ROLES] = {0};
        size_t end;
        enum fields_found what = find(r, line.text, found, &end);
        bool first = r->state == JSONL_NEW;
        r->state = JSONL_LINES;
        if (what == FIELDS_GOOD) {
            make_document(r, found, line.stored);
            return 1;
        }
        bool objects = what == FIELDS_MORE && goes_on(line.text, end);
        /* what looks ahead may end the line: it is kept */
        str_clear(&r->scratch);
        str_append(&r->scratch, line.text.data, line.stored);
        if (first && !objects && !is_indented(r, what, &objects, err))
            return -1;
        if (objects) {
            input_unread(r->in, str_slice(&r->scratch));
            return begin_objects(r, err);
        }
        if (reader_bad_json(r, &line, end, err) < 0)
            return -1;
    }
}

/* Whether the first look shows that lines are no frames here; a long file may be one
 * line. */
static int look_first(struct reader *r, bool *objects, struct err *err) {
    struct slice head, found[ROLES] = {0};
    size_t end;
    if (input_peek(r->in, READER_LOOK_BYTES, &head, err) < 0)
        return -1;
    while (head.size > 0 && is_space(*head.data))
        head.data++, head.size--;
    *objects = head.size > 0 && *head.data == '[';
    if (!*objects && find(r, head, found, &end) == FIELDS_MORE)
        *objects = goes_on(head, end);
    return 0;
}

static int jsonl_next(struct reader *r, struct err *err) {
    bool objects = false;
    if (r->state == JSONL_NEW && look_first(r, &objects, err) < 0)
        return -1;
    if (objects)
        return begin_objects(r, err);
    return r->state == JSONL_OBJECTS ? next_object(r, err) : next_line(r, err);
}

static void jsonl_close(struct reader *r) {
    mem_free(r->machine);
    r->machine = NULL;
}

/* ---- whether it is JSON ---- */

static bool is_named(const char *name) {
    return reader_name_ends(name, ".jsonl") || reader_name_ends(name, ".ndjson") ||
           reader_name_ends(name, ".json");
}

/* Whether it begins within a line (as a file does that was cut into pieces by size),
 * and all other lines are objects. */
static bool has_object_lines(struct slice head, bool named) {
    struct slice line, found[ROLES];
    struct reader any = {0};
    size_t end;
    int objects = 0;
    bool cut = head.size == READER_LOOK_BYTES;
    slice_line(&head, &line);
    while (slice_line(&head, &line) && !(cut && head.size == 0)) {
        if (find(&any, line, found, &end) != FIELDS_GOOD)
            return false;
        objects++;
    }
    return objects >= (named ? 1 : 2);
}

static int jsonl_bid(struct slice head, const char *name) {
    size_t i = 0;
    while (i < head.size && (is_space(head.data[i]) || head.data[i] == '['))
        i++;
    if (i == head.size || head.data[i] != '{')
        return has_object_lines(head, is_named(name)) ? 60 : 0;
    bool listed = i > 0 && memchr(head.data, '[', i);
    for (i++; i < head.size && is_space(head.data[i]);)
        i++;
    bool quoted = i < head.size && (head.data[i] == '"' || head.data[i] == '}');
    return quoted ? 80 : is_named(name) && !listed ? 60 : 0;
}

const struct reader_format reader_jsonl = {
    .name = "jsonl", .bid = jsonl_bid, .next = jsonl_next, .close = jsonl_close};
