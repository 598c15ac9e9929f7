/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines: an object a line.  The text is a string under data.sources[i].text_key,
 * or if that says "auto" under the first of the keys that corpora use; one that is
 * there and empty is the text too.  Address and language are looked for under their
 * usual keys.  A line that is no object is dropped as damaged. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/fields.h"

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

/* Puts what was found first for each role. */
static void choose(const struct field *fields, struct slice chosen[ROLES]) {
    for (int i = KNOWN_COUNT - 1; i >= 0; i--)
        if (fields[i].raw.data && fields[i].is_string)
            chosen[known[i].role] = fields[i].raw;
}

/* Whether the line is an object; with its values, not decoded, by role. */
static bool find(const struct reader *r, struct slice line, struct slice found[ROLES],
                 size_t *wrong) {
    struct field fields[KNOWN_COUNT];
    for (int i = 0; i < KNOWN_COUNT; i++)
        fields[i] = (struct field){
            .path = known[i].role == TEXT && r->text_key ? r->text_key : known[i].path};
    bool good = fields_find(line, fields, KNOWN_COUNT, wrong);
    choose(fields, found);
    return good;
}

static int jsonl_next(struct reader *r, struct err *err) {
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
        size_t wrong;
        if (find(r, line.text, found, &wrong)) {
            fields_decode(&r->text, found[TEXT]);
            reader_fold_lines(&r->text);
            fields_decode(&r->url, found[URL]);
            fields_decode(&r->language, found[LANGUAGE]);
            r->stored = found[TEXT].size;
            r->in->tally->markup_bytes += line.stored - r->stored;
            return 1;
        }
        if (reader_bad_json(r, &line, wrong, err) < 0)
            return -1;
    }
}

static int jsonl_bid(struct slice head, const char *name) {
    size_t i = 0;
    while (i < head.size && (head.data[i] == ' ' || head.data[i] == '\n'))
        i++;
    if (i == head.size || head.data[i] != '{')
        return 0;
    bool named = reader_name_ends(name, ".jsonl") ||
                 reader_name_ends(name, ".ndjson") || reader_name_ends(name, ".json");
    for (i++; i < head.size && head.data[i] == ' ';)
        i++;
    bool quoted = i < head.size && (head.data[i] == '"' || head.data[i] == '}');
    return quoted ? 80 : named ? 60 : 0;
}

const struct reader_format reader_jsonl = {
    .name = "jsonl", .bid = jsonl_bid, .next = jsonl_next};
