/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a text or two with what is to be told of them: a label, a number, or any
 * number of labels (a list in JSON, else words with a separator between them).  Words
 * of the texts may be marked (marks.h), or, of TASK_MARKED, taken by their places. */
#include <math.h>
#include <string.h>

#include "src/base/parse.h"
#include "src/task/marks.h"
#include "src/task/reading.h"

/* Where the columns are in records_field: LABEL comes last, where it is read. */
enum { TEXT };

/* The columns that are asked for: their places, -1 for one that is not. */
struct columns {
    int pair, label;
    int mark[TASK_MARKS];
    struct str names; /* owned: of `mark` */
    struct records_options options;
};

/* What one record is read with. */
struct record {
    const struct reading *r;
    const struct columns *columns;
    const struct records *records; /* at the record */
};

/* ---- columns ---- */

/* The place of a column, which is NULL for none. */
static int want(struct columns *c, const char *name) {
    int i = 0;
    while (c->options.wanted[i])
        i++;
    c->options.wanted[i] = name;
    return name ? i : -1;
}

/* "begin end begin end", as task_init checked. */
static void want_marks(struct columns *c, const char *names) {
    struct slice rest = slice_of(names ? names : ""), name;
    str_reserve(&c->names, rest.size + 1); /* so that it does not move */
    for (int i = 0; i < TASK_MARKS;) {
        bool there = slice_field(&rest, ' ', &name);
        if (there && name.size == 0)
            continue;
        c->mark[i++] = want(c, there ? c->names.data + c->names.size : NULL);
        if (!there)
            continue;
        str_append(&c->names, name.data, name.size);
        str_append_char(&c->names, '\0');
    }
}

static void columns_init(struct columns *c, const struct reading *r) {
    const struct task *task = r->task;
    *c = (struct columns){
        .options = {.format = reading_format(task), .names = task->names}};
    want(c, task->text);
    c->pair = want(c, task->pair);
    want_marks(c, task->mark);
    c->label = want(c, r->labels ? task->label : NULL);
    if (c->label >= 0 && task->kind == TASK_MULTILABEL)
        c->options.lists = 1u << c->label;
}

/* ---- answers ---- */

static int read_score(const struct reading *r, struct slice text, int64_t line,
                      float *score, struct err *err) {
    struct str copy = {0};
    double value;
    str_append(&copy, text.data, text.size);
    int rc = text.size > 0 ? parse_real(copy.data, &value) : -1;
    str_fini(&copy);
    if (rc < 0 || !isfinite((float)value))
        return err_set(err, ERR_DATA, "%s:%lld: score '%.*s' is no number", r->path,
                       (long long)line, (int)(text.size < 100 ? text.size : 100),
                       text.data ? text.data : "");
    *score = (float)value;
    return 0;
}

/* Whether one of questions first … last-1 has the label. */
static bool has_label(const struct examples *d, size_t first, size_t last,
                      int32_t label) {
    while (first < last && d->labels[first] != label)
        first++;
    return first < last;
}

/* A label that is there twice counts once. */
static int add_label(const struct reading *r, struct slice name, int64_t line,
                     struct err *err) {
    struct examples *d = r->examples;
    size_t first = d->asked_starts[d->count], last = d->asked_starts[d->count + 1];
    int32_t label;
    if (reading_label(r, name, line, &label, err) < 0)
        return -1;
    if (has_label(d, first, last, label))
        return 0;
    size_t at = examples_ask(d, 1, line);
    d->labels[at] = label;
    return 0;
}

static int read_set(const struct record *record, struct err *err) {
    const struct reading *r = record->r;
    struct slice rest = records_field(record->records, record->columns->label), name;
    bool list = records_is_list(record->records, record->columns->label);
    while (slice_field(&rest, list ? RECORDS_LIST_END : r->task->separator[0], &name)) {
        name = list ? name : slice_trim(name);
        if ((list || name.size > 0) &&
            add_label(r, name, records_line(record->records), err) < 0)
            return -1;
    }
    return 0;
}

static int read_answer(const struct record *record, struct err *err) {
    const struct reading *r = record->r;
    struct examples *d = r->examples;
    int64_t line = records_line(record->records);
    if (r->task->kind == TASK_MULTILABEL)
        return read_set(record, err);
    size_t at = examples_ask(d, 1, line);
    if (record->columns->label < 0)
        return 0;
    struct slice text = records_field(record->records, record->columns->label);
    if (r->task->kind == TASK_REGRESS)
        return read_score(r, text, line, &d->scores[at], err);
    return reading_label(r, text, line, &d->labels[at], err);
}

/* ---- texts ---- */

/* A whole number; -1 for anything else. */
static int64_t number_of(struct slice text) {
    struct str copy = {0};
    int64_t value;
    str_append(&copy, text.data, text.size);
    int rc = text.size > 0 ? parse_int(copy.data, &value) : -1;
    str_fini(&copy);
    return rc < 0 ? -1 : value;
}

static int refuse_place(const struct record *record, int column, const int mark[2],
                        struct err *err) {
    const char *const *names = record->columns->options.wanted;
    return err_set(err, ERR_DATA, "%s:%lld: %s and %s are no place in its %s",
                   record->r->path, (long long)records_line(record->records),
                   names[mark[0]], names[mark[1]], names[column]);
}

/* A text, with its word marked if it has two columns `mark`; *marked then holds it. */
static int read_text(const struct record *record, int column, const int mark[2],
                     struct str *marked, struct slice *text, struct err *err) {
    *text = records_field(record->records, column);
    if (mark[0] < 0)
        return 0;
    int64_t begin = number_of(records_field(record->records, mark[0]));
    int64_t end = number_of(records_field(record->records, mark[1]));
    if (marks_put(*text, begin, end, marked) == 0) {
        *text = str_slice(marked);
        return 0;
    }
    return refuse_place(record, column, mark, err);
}

/* Which token of a text its word begins with. */
static int read_place(const struct record *record, int column, const int mark[2],
                      int32_t *token, struct err *err) {
    struct slice text = records_field(record->records, column);
    int64_t begin = number_of(records_field(record->records, mark[0]));
    int64_t end = number_of(records_field(record->records, mark[1]));
    size_t from, to;
    if (marks_find(text, begin, end, &from, &to) < 0)
        return refuse_place(record, column, mark, err);
    *token = encoder_find(record->r->encoder, text, from);
    return 0;
}

/* Two texts with a word each, as they are.  For a word after the cut stands the [SEP]
 * there. */
static int read_marked(const struct record *record, struct err *err) {
    const struct columns *c = record->columns;
    struct examples *d = record->r->examples;
    int32_t tokens[2];
    if (read_place(record, TEXT, c->mark, &tokens[0], err) < 0 ||
        read_place(record, c->pair, c->mark + 2, &tokens[1], err) < 0)
        return -1;
    const struct encoded e =
        encoder_texts(record->r->encoder, records_field(record->records, TEXT),
                      records_field(record->records, c->pair), &d->ids);
    int32_t first = 1 + tokens[0], second = e.split + tokens[1];
    examples_mark(d, first < e.split ? first : e.split - 1,
                  second < e.length ? second : e.length - 1);
    examples_end(d, e);
    return 0;
}

static int read_texts(const struct record *record, struct err *err) {
    const struct columns *c = record->columns;
    struct examples *d = record->r->examples;
    struct slice text, pair = {NULL, 0};
    struct str marked[2] = {{0}, {0}};
    int rc = read_text(record, TEXT, c->mark, &marked[0], &text, err);
    if (rc == 0 && c->pair >= 0)
        rc = read_text(record, c->pair, c->mark + 2, &marked[1], &pair, err);
    if (rc == 0)
        examples_end(d, encoder_texts(record->r->encoder, text, pair, &d->ids));
    str_fini(&marked[0]);
    str_fini(&marked[1]);
    return rc;
}

/* ---- records ---- */

int texts_read(const struct reading *r, struct err *err) {
    struct columns columns;
    columns_init(&columns, r);
    struct records *records = records_open(r->path, &columns.options, err);
    const struct record record = {r, &columns, records};
    int rc = records ? 0 : -1;
    while (rc == 0 && (rc = records_next(records, err)) > 0) {
        examples_begin(r->examples);
        rc = read_answer(&record, err);
        if (rc == 0)
            rc = r->task->kind == TASK_MARKED ? read_marked(&record, err)
                                              : read_texts(&record, err);
    }
    records_close(records);
    str_fini(&columns.names);
    return rc;
}

/* ---- lines ---- */

/* The fields of a line: its texts, and of each the place of a word. */
enum { LINE_FIELDS = 2 + TASK_MARKS };

/* Returns how many there are, of which the first LINE_FIELDS are kept. */
static int split_line(struct slice line, struct slice fields[LINE_FIELDS]) {
    int n = 0;
    struct slice field;
    for (; slice_field(&line, '\t', &field); n++)
        if (n < LINE_FIELDS)
            fields[n] = field;
    return n;
}

static int mark_line(int texts, struct slice fields[LINE_FIELDS], struct str marked[2],
                     struct err *err) {
    for (int i = 0; i < texts; i++) {
        struct slice begin = fields[texts + 2 * i], end = fields[texts + 2 * i + 1];
        if (marks_put(fields[i], number_of(begin), number_of(end), &marked[i]) < 0)
            return err_set(err, ERR_DATA,
                           "'%.*s' to '%.*s' is no place of a word in text %d",
                           (int)(begin.size < 20 ? begin.size : 20), begin.data,
                           (int)(end.size < 20 ? end.size : 20), end.data, i + 1);
        fields[i] = str_slice(&marked[i]);
    }
    return 0;
}

/* Of a task that marks words. */
static int read_marked_line(const struct reading *r, struct slice line,
                            struct err *err) {
    struct examples *d = r->examples;
    struct slice fields[LINE_FIELDS];
    struct str marked[2] = {{0}, {0}};
    int texts = r->task->pair ? 2 : 1, n = split_line(line, fields);
    if (n != 3 * texts)
        return err_set(err, ERR_DATA,
                       "has %d fields, not %d: the model knows words that are marked "
                       "(task.mark), so a line is %s, with tabs between",
                       n, 3 * texts,
                       texts == 1 ? "a text, and where in it the word begins and ends"
                                  : "two texts, and where in each its word begins and "
                                    "ends");
    int rc = mark_line(texts, fields, marked, err);
    if (rc == 0)
        examples_end(d, encoder_texts(r->encoder, fields[0],
                                      texts == 2 ? fields[1] : (struct slice){NULL, 0},
                                      &d->ids));
    str_fini(&marked[0]);
    str_fini(&marked[1]);
    return rc;
}

/* A text, or two with a tab between them. */
static void read_plain_line(const struct reading *r, struct slice line) {
    struct examples *d = r->examples;
    struct slice text, pair = line;
    const char *tab = memchr(line.data, '\t', line.size);
    if (!slice_field(&pair, '\t', &text))
        text = line;
    if (tab == NULL)
        pair = (struct slice){NULL, 0};
    examples_end(d, encoder_texts(r->encoder, text, pair, &d->ids));
}

int texts_read_line(const struct reading *r, struct slice line, struct err *err) {
    examples_begin(r->examples);
    if (r->task->kind != TASK_MULTILABEL)
        examples_ask(r->examples, 1, 0);
    if (r->task->mark)
        return read_marked_line(r, line, err);
    read_plain_line(r, line);
    return 0;
}
