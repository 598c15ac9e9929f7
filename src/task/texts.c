/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a text or two with what is to be told of them: a label, a number, or any
 * number of labels (a list in JSON, else words with a separator between them). */
#include <math.h>
#include <string.h>

#include "src/base/parse.h"
#include "src/task/reading.h"

/* Where the columns are in records_field. */
enum { LABEL, TEXT, PAIR };

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

static int read_set(const struct reading *r, const struct records *records,
                    struct err *err) {
    struct slice rest = records_field(records, LABEL), name;
    bool list = records_is_list(records, LABEL);
    while (slice_field(&rest, list ? RECORDS_LIST_END : r->task->separator[0], &name)) {
        name = list ? name : slice_trim(name);
        if ((list || name.size > 0) &&
            add_label(r, name, records_line(records), err) < 0)
            return -1;
    }
    return 0;
}

static int read_answer(const struct reading *r, const struct records *records,
                       struct err *err) {
    struct examples *d = r->examples;
    struct slice text = records_field(records, LABEL);
    int64_t line = records_line(records);
    if (r->task->kind == TASK_MULTILABEL)
        return read_set(r, records, err);
    size_t at = examples_ask(d, 1, line);
    if (r->task->kind == TASK_REGRESS)
        return read_score(r, text, line, &d->scores[at], err);
    return reading_label(r, text, line, &d->labels[at], err);
}

/* ---- records ---- */

static int read_record(const struct reading *r, const struct records *records,
                       struct err *err) {
    struct examples *d = r->examples;
    struct slice text = records_field(records, TEXT), pair = {NULL, 0};
    examples_begin(d);
    if (read_answer(r, records, err) < 0)
        return -1;
    if (r->task->pair)
        pair = records_field(records, PAIR);
    examples_end(d, encoder_texts(r->encoder, text, pair, &d->ids));
    return 0;
}

int texts_read(const struct reading *r, struct err *err) {
    const struct task *task = r->task;
    const struct records_options options = {
        .format = reading_format(task),
        .names = task->names,
        .lists = task->kind == TASK_MULTILABEL ? 1u << LABEL : 0,
        .wanted = {[LABEL] = task->label, [TEXT] = task->text, [PAIR] = task->pair}};
    struct records *records = records_open(r->path, &options, err);
    int rc = records ? 0 : -1;
    while (rc == 0 && (rc = records_next(records, err)) > 0)
        rc = read_record(r, records, err);
    records_close(records);
    return rc;
}

/* A text, or two with a tab between them. */
int texts_read_line(struct examples *d, struct slice line, struct encoder *encoder,
                    struct err *err) {
    struct slice text, pair = line;
    const char *tab = memchr(line.data, '\t', line.size);
    if (!slice_field(&pair, '\t', &text))
        text = line;
    (void)err;
    examples_begin(d);
    if (d->kind != TASK_MULTILABEL)
        examples_ask(d, 1, 0);
    if (tab == NULL)
        pair = (struct slice){NULL, 0};
    examples_end(d, encoder_texts(encoder, text, pair, &d->ids));
    return 0;
}
