/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a text with candidates to choose from: a column each, of which the last
 * may be empty where there are fewer, or a list in one.  An example is a sequence with
 * a span [CLS] text [SEP] candidate [SEP] for each. */
#include <stdio.h>

#include "src/base/mem.h"
#include "src/task/reading.h"

/* Where the columns are in records_field; what candidates begin with comes last. */
enum { LABEL, TEXT, CHOICES };

/* The columns that are asked for. */
struct columns {
    struct str names; /* owned: of the candidates' columns */
    int choices;      /* how many these are */
    struct records_options options;
};

/* The candidates of one record. */
struct candidates {
    struct slice *list; /* owned */
    int count;
};

/* ---- columns ---- */

static int name_columns(const struct reading *r, struct columns *c, struct err *err) {
    const struct task *task = r->task;
    struct slice rest = slice_of(task->choices), name;
    c->options = (struct records_options){
        .format = reading_format(task), .names = task->names, .lists = 1u << CHOICES};
    c->options.wanted[LABEL] = task->label;
    c->options.wanted[TEXT] = task->text;
    str_reserve(&c->names, rest.size + 1); /* so that it does not move */
    while (slice_field(&rest, ' ', &name)) {
        if (name.size == 0)
            continue;
        if (CHOICES + c->choices + 1 >= RECORDS_WANTED)
            return err_set(err, ERR_CONFIG, "task.choices: more than %d columns",
                           RECORDS_WANTED - CHOICES - 1);
        c->options.wanted[CHOICES + c->choices++] = c->names.data + c->names.size;
        str_append(&c->names, name.data, name.size);
        str_append_char(&c->names, '\0');
    }
    c->options.wanted[CHOICES + c->choices] = task->pair;
    return 0;
}

/* ---- candidates ---- */

static void add_candidate(struct candidates *all, struct slice one) {
    all->list = mem_resize(all->list, (size_t)all->count + 1, sizeof *all->list);
    all->list[all->count++] = one;
}

static int refuse(const struct reading *r, int64_t line, const char *what,
                  struct err *err) {
    return err_set(err, ERR_DATA, "%s:%lld: %s", r->path, (long long)line, what);
}

static int take_columns(const struct reading *r, const struct records *records,
                        int columns, struct candidates *all, struct err *err) {
    for (int i = 0; i < columns; i++) {
        struct slice one = records_field(records, CHOICES + i);
        if (one.size == 0)
            continue;
        if (all->count < i)
            return refuse(r, records_line(records),
                          "has an empty choice before one that is not", err);
        add_candidate(all, one);
    }
    return 0;
}

static int take_candidates(const struct reading *r, const struct records *records,
                           int columns, struct candidates *all, struct err *err) {
    struct slice rest = records_field(records, CHOICES), one;
    if (!records_is_list(records, CHOICES)) {
        if (take_columns(r, records, columns, all, err) < 0)
            return -1;
    } else {
        while (slice_field(&rest, RECORDS_LIST_END, &one))
            add_candidate(all, one);
    }
    return all->count > 0 ? 0 : refuse(r, records_line(records), "has no choices", err);
}

/* ---- the right one ---- */

/* Candidates are called by their numbers, unless the task has names for them. */
static int name_candidates(const struct reading *r, int count, int64_t line,
                           struct err *err) {
    if (r->task->labels && count > r->labels->count)
        return err_set(err, ERR_DATA, "%s:%lld: has %d choices, task.labels names %d",
                       r->path, (long long)line, count, r->labels->count);
    for (int i = 0; r->task->labels == NULL && i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        labels_add(r->labels, slice_of(name));
    }
    return 0;
}

static int read_right(const struct reading *r, const struct records *records, int count,
                      int32_t *right, struct err *err) {
    struct slice text = records_field(records, LABEL);
    int64_t line = records_line(records);
    if (name_candidates(r, count, line, err) < 0)
        return -1;
    *right = labels_find(r->labels, text);
    if (*right >= 0 && *right < count)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s:%lld: label '%.*s' is none of its %d choices, which are '%s' to "
                   "'%s'",
                   r->path, (long long)line, (int)(text.size < 100 ? text.size : 100),
                   text.data ? text.data : "", count, r->labels->names[0].data,
                   r->labels->names[count - 1].data);
}

/* ---- examples ---- */

static void add_spans(struct examples *d, struct slice text, struct slice start,
                      const struct candidates *all, struct encoder *encoder) {
    struct str second = {0};
    for (int i = 0; i < all->count; i++) {
        struct slice one = all->list[i];
        if (start.size > 0) {
            str_clear(&second);
            str_append(&second, start.data, start.size);
            str_append_char(&second, ' ');
            str_append(&second, one.data, one.size);
            one = str_slice(&second);
        }
        examples_span(d, encoder_texts(encoder, text, one, &d->ids));
    }
    str_fini(&second);
}

static int read_record(const struct reading *r, const struct records *records,
                       const struct columns *c, struct candidates *all,
                       struct err *err) {
    struct examples *d = r->examples;
    struct slice start = {NULL, 0};
    int32_t right;
    all->count = 0;
    if (take_candidates(r, records, c->choices, all, err) < 0 ||
        read_right(r, records, all->count, &right, err) < 0)
        return -1;
    if (r->task->pair)
        start = records_field(records, CHOICES + c->choices);
    examples_begin(d);
    size_t at = examples_ask(d, 1, records_line(records));
    add_spans(d, records_field(records, TEXT), start, all, r->encoder);
    d->labels[at] = right;
    d->places[at] = d->spans[d->span_starts[d->count] + (size_t)right];
    examples_close(d);
    return 0;
}

int choices_read(const struct reading *r, struct err *err) {
    struct columns columns = {0};
    struct candidates all = {0};
    struct records *records = NULL;
    int rc = name_columns(r, &columns, err);
    if (rc == 0 && (records = records_open(r->path, &columns.options, err)) == NULL)
        rc = -1;
    while (rc == 0 && (rc = records_next(records, err)) > 0)
        rc = read_record(r, records, &columns, &all, err);
    records_close(records);
    str_fini(&columns.names);
    mem_free(all.list);
    return rc;
}

/* A text and its candidates, with tabs between them. */
int choices_read_line(const struct reading *r, struct slice line, struct err *err) {
    struct examples *d = r->examples;
    struct candidates all = {0};
    struct slice text, one;
    if (!slice_field(&line, '\t', &text) || line.size == 0)
        return err_set(err, ERR_DATA,
                       "has no choices: a tab is before each, after the text");
    while (slice_field(&line, '\t', &one))
        add_candidate(&all, one);
    examples_begin(d);
    examples_ask(d, 1, 0);
    add_spans(d, text, (struct slice){NULL, 0}, &all, r->encoder);
    examples_close(d);
    mem_free(all.list);
    return 0;
}
