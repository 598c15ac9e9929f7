/* SPDX-License-Identifier: Apache-2.0 */
/* Records: see records.h.  A format is a function that cuts the next record off the
 * text into fields, in the order of the file's columns; JSON, which has names in every
 * line, cuts straight into the fields that are wanted. */
#include "src/task/records.h"

#include <string.h>

#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/base/mem.h"

enum { MOST_COLUMNS = 256, MOST_BYTES = 1 << 30 };

struct records {
    const char *path; /* borrowed, as options */
    const struct records_options *options;
    struct str text;
    struct slice rest;
    int64_t line, next_line; /* of the record, and of what follows it */
    int columns;             /* of a table */
    struct slice fields[MOST_COLUMNS];
    int place[RECORDS_WANTED]; /* of each wanted column among the fields */
    struct str unquoted;       /* what the fields of a CSV record lie in */
    struct json *object;
    struct str lists[RECORDS_WANTED]; /* of the record: what lists lie in */
    bool is_list[RECORDS_WANTED];
};

static int fault(const struct records *r, struct err *err, const char *what) {
    return err_set(err, ERR_DATA, "%s:%lld: %s", r->path, (long long)r->line, what);
}

/* ---- one record of each format: the number of its fields, or -1 ---- */

static struct slice without_cr(struct slice line) {
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* The next line that is not empty. */
static bool take_line(struct records *r, struct slice *line) {
    while (slice_line(&r->rest, line)) {
        r->line = r->next_line++;
        *line = without_cr(*line);
        if (line->size > 0)
            return true;
    }
    return false;
}

/* Whether there is room for one more field. */
static int add_field(struct records *r, int n, struct slice field, struct err *err) {
    if (n == MOST_COLUMNS)
        return fault(r, err, "has over 256 fields");
    r->fields[n] = field;
    return 0;
}

static int next_tsv(struct records *r, struct err *err) {
    struct slice line;
    int n = 0;
    if (!take_line(r, &line))
        return 0;
    for (const char *end = line.data; end != NULL; n++) {
        end = memchr(line.data, '\t', line.size);
        size_t size = end ? (size_t)(end - line.data) : line.size;
        if (add_field(r, n, (struct slice){line.data, size}, err) < 0)
            return -1;
        line.data += size + 1;
        line.size -= end ? size + 1 : size;
    }
    return n;
}

/* Appends a quoted field, whose first quotation mark was taken, without its marks. */
static int take_quoted(struct records *r, struct err *err) {
    while (r->rest.size > 0) {
        char c = *r->rest.data++;
        r->rest.size--;
        bool doubled = c == '"' && r->rest.size > 0 && *r->rest.data == '"';
        if (c == '"' && !doubled)
            return 0;
        r->next_line += c == '\n';
        str_append_char(&r->unquoted, c);
        r->rest.data += doubled;
        r->rest.size -= doubled;
    }
    return fault(r, err, "a quotation mark is not closed");
}

/* Appends a field up to what ends it. */
static int take_csv_field(struct records *r, struct err *err) {
    if (r->rest.size > 0 && *r->rest.data == '"') {
        r->rest.data++;
        r->rest.size--;
        return take_quoted(r, err);
    }
    size_t n = 0;
    while (n < r->rest.size && r->rest.data[n] != ',' && r->rest.data[n] != '\n')
        n++;
    struct slice field = {r->rest.data, n};
    if (n == r->rest.size || r->rest.data[n] == '\n')
        field = without_cr(field);
    str_append(&r->unquoted, field.data, field.size);
    r->rest.data += n;
    r->rest.size -= n;
    return 0;
}

/* Takes what ends a field: 1 for a comma, 0 for the end of the record, -1 for neither.
 */
static int take_csv_end(struct records *r, struct err *err) {
    if (r->rest.size > 0 && *r->rest.data == '\r')
        r->rest.data++, r->rest.size--;
    if (r->rest.size == 0)
        return 0;
    char c = *r->rest.data++;
    r->rest.size--;
    r->next_line += c == '\n';
    if (c == ',' || c == '\n')
        return c == ',';
    return fault(r, err,
                 "text follows a quoted field; a quotation mark inside one is "
                 "written twice");
}

/* Fields are found by their ends, as the text that they lie in may move. */
static int next_csv(struct records *r, struct err *err) {
    size_t ends[MOST_COLUMNS], begin = 0;
    int n = 0, more = 1;
    while (r->rest.size > 0 && (*r->rest.data == '\n' || *r->rest.data == '\r'))
        r->next_line += *r->rest.data++ == '\n', r->rest.size--;
    r->line = r->next_line;
    str_clear(&r->unquoted);
    str_reserve(&r->unquoted, 1); /* so that an empty field lies somewhere */
    if (r->rest.size == 0)
        return 0;
    for (; more > 0; n++) {
        if (add_field(r, n, (struct slice){NULL, 0}, err) < 0 ||
            take_csv_field(r, err) < 0 || (more = take_csv_end(r, err)) < 0)
            return -1;
        ends[n] = r->unquoted.size;
    }
    for (int i = 0; i < n; begin = ends[i++])
        r->fields[i] = (struct slice){r->unquoted.data + begin, ends[i] - begin};
    return n;
}

/* A field of JSON as text. */
static int json_text(const struct json *value, struct str *text, struct slice *out) {
    double number;
    bool truth;
    size_t begin = text->size;
    if (json_get_string(value, out) == 0)
        return 0;
    if (json_get_bool(value, &truth) == 0)
        str_printf(text, truth ? "true" : "false");
    else if (json_get_real(value, &number) == 0)
        str_printf(text, "%.17g", number);
    else
        return -1;
    *out = (struct slice){text->data + begin, text->size - begin};
    return 0;
}

/* A list of such, as a field. */
static int json_list(const struct json *list, struct str *text, struct slice *out) {
    str_clear(text);
    str_append(text, "", 0);
    for (size_t i = 0; i < json_count(list); i++) {
        struct str scratch = {0};
        struct slice one;
        int rc = json_text(json_at(list, i), &scratch, &one);
        if (rc == 0)
            str_append(text, one.data, one.size);
        str_append_char(text, RECORDS_LIST_END);
        str_fini(&scratch);
        if (rc < 0)
            return -1;
    }
    *out = str_slice(text);
    return 0;
}

/* Wanted field i of the object. */
static int take_member(struct records *r, int i, struct err *err) {
    const char *name = r->options->wanted[i];
    const struct json *value = json_get(r->object, name);
    bool may = r->options->lists >> i & 1;
    r->is_list[i] = may && json_kind(value) == JSON_KIND_ARRAY;
    if (r->is_list[i] ? json_list(value, &r->lists[i], &r->fields[i]) == 0
                      : json_text(value, &r->unquoted, &r->fields[i]) == 0)
        return 0;
    return err_set(
        err, ERR_DATA, "%s:%lld: has no \"%s\" that is a string, number or boolean%s",
        r->path, (long long)r->line, name, may ? ", or a list of these" : "");
}

static int next_jsonl(struct records *r, struct err *err) {
    struct slice line;
    int n = 0;
    struct err syntax;
    json_free(r->object);
    r->object = NULL;
    if (!take_line(r, &line))
        return 0;
    r->object = json_parse(line, "JSON", &syntax);
    if (json_kind(r->object) != JSON_KIND_OBJECT)
        return fault(r, err, r->object ? "is no JSON object" : syntax.text);
    str_clear(&r->unquoted);
    str_reserve(&r->unquoted,
                (size_t)RECORDS_WANTED * 32); /* so that it does not move */
    for (; r->options->wanted[n]; n++)
        if (take_member(r, n, err) < 0)
            return -1;
    return n;
}

static int (*const next_of[])(struct records *, struct err *) = {
    [RECORDS_TSV] = next_tsv, [RECORDS_CSV] = next_csv, [RECORDS_JSONL] = next_jsonl};

/* ---- columns ---- */

/* The columns of a table into the fields: of its first line, or as they are known. */
static int read_names(struct records *r, struct err *err) {
    struct slice names = slice_of(r->options->names ? r->options->names : ""), name;
    if (r->options->names == NULL)
        r->columns = next_of[r->options->format](r, err);
    while (r->columns >= 0 && slice_field(&names, ' ', &name))
        r->columns = add_field(r, r->columns, name, err) < 0 ? -1 : r->columns + 1;
    return r->columns < 0 ? -1 : 0;
}

static int refuse_column(const struct records *r, const char *name, int found,
                         struct err *err) {
    struct str all = {0};
    for (int i = 0; i < r->columns && all.size < 500; i++)
        str_printf(&all, "%s%.*s", i ? ", " : "", (int)r->fields[i].size,
                   r->fields[i].data);
    err_set(err, ERR_DATA, "%s: has %s column '%s'; its columns are %s", r->path,
            found ? "twice a" : "no", name, all.size ? all.data : "none");
    str_fini(&all);
    return -1;
}

static int find_columns(struct records *r, struct err *err) {
    for (int w = 0; r->options->wanted[w]; w++) {
        int found = 0;
        for (int i = 0; i < r->columns; i++) {
            if (!slice_equal(r->fields[i], slice_of(r->options->wanted[w])))
                continue;
            r->place[w] = i;
            found++;
        }
        if (found != 1)
            return refuse_column(r, r->options->wanted[w], found, err);
    }
    return 0;
}

/* ---- the doors ---- */

static int open_file(struct records *r, struct err *err) {
    if (file_read(r->path, MOST_BYTES, &r->text, err) < 0)
        return -1;
    r->rest = str_slice(&r->text);
    if (slice_starts(r->rest, "\xef\xbb\xbf"))
        r->rest = (struct slice){r->rest.data + 3, r->rest.size - 3};
    if (r->options->format != RECORDS_JSONL)
        return read_names(r, err) < 0 ? -1 : find_columns(r, err);
    for (int i = 0; i < RECORDS_WANTED; i++)
        r->place[i] = i;
    return 0;
}

struct records *records_open(const char *path, const struct records_options *options,
                             struct err *err) {
    struct records *r = mem_alloc(1, sizeof *r);
    r->path = path;
    r->options = options;
    r->next_line = 1;
    if (open_file(r, err) == 0)
        return r;
    records_close(r);
    return NULL;
}

int records_next(struct records *r, struct err *err) {
    int n = next_of[r->options->format](r, err);
    if (n <= 0 || r->options->format == RECORDS_JSONL || n == r->columns)
        return n > 0 ? 1 : n;
    return err_set(err, ERR_DATA, "%s:%lld: has %d column%s, where the %s %d", r->path,
                   (long long)r->line, n, n == 1 ? "" : "s",
                   r->options->names ? "format has" : "first line names", r->columns);
}

struct slice records_field(const struct records *r, int i) {
    return r->fields[r->place[i]];
}

bool records_is_list(const struct records *r, int i) { return r->is_list[i]; }

int64_t records_line(const struct records *r) { return r->line; }

void records_close(struct records *r) {
    if (r == NULL)
        return;
    json_free(r->object);
    for (int i = 0; i < RECORDS_WANTED; i++)
        str_fini(&r->lists[i]);
    str_fini(&r->unquoted);
    str_fini(&r->text);
    mem_free(r);
}
