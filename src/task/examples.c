/* SPDX-License-Identifier: Apache-2.0 */
/* Examples of a task's file: see examples.h. */
#include "src/task/examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/parse.h"
#include "src/task/records.h"
#include "src/task/sentences.h"

/* One reading of a file. */
struct reading {
    struct examples *examples;
    const struct task *task;
    const char *path;
    struct labels *labels;
    bool learn;
    struct encoder *encoder;
};

/* ---- growing ---- */

static void grow(struct examples *d) {
    if (d->count < d->room)
        return;
    d->room = d->room ? 2 * d->room : 1024;
    size_t room = (size_t)d->room;
    d->starts = mem_resize(d->starts, room + 1, sizeof *d->starts);
    d->splits = mem_resize(d->splits, room, sizeof *d->splits);
    d->asked_starts = mem_resize(d->asked_starts, room + 1, sizeof *d->asked_starts);
    if (d->count == 0)
        d->starts[0] = d->asked_starts[0] = 0;
}

static void grow_asked(struct examples *d, size_t asked) {
    if ((int64_t)asked <= d->asked_room)
        return;
    size_t room = 2 * asked > 1024 ? 2 * asked : 1024;
    d->asked_room = (int64_t)room;
    d->places = mem_resize(d->places, room, sizeof *d->places);
    d->labels = mem_resize(d->labels, room, sizeof *d->labels);
    d->scores = mem_resize(d->scores, room, sizeof *d->scores);
    d->lines = mem_resize(d->lines, room, sizeof *d->lines);
}

static void add_example(struct examples *d, struct encoded encoded, size_t asked) {
    d->splits[d->count] = encoded.split;
    d->cut_examples += encoded.cut;
    if (encoded.length > d->longest)
        d->longest = encoded.length;
    d->count++;
    d->starts[d->count] = d->ids.count;
    d->asked_starts[d->count] = d->asked_starts[d->count - 1] + asked;
}

/* ---- what is asked ---- */

static int refuse_label(const struct reading *r, struct slice text, int64_t line,
                        struct err *err) {
    struct str all = {0};
    labels_tell(r->labels, &all);
    err_set(err, ERR_DATA, "%s:%lld: label '%.*s' is not one of %s", r->path,
            (long long)line, (int)(text.size < 100 ? text.size : 100),
            text.data ? text.data : "", all.size ? all.data : "none");
    str_fini(&all);
    return -1;
}

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

/* Question number `at`, whose answer the file has as text. */
static int take_answer(const struct reading *r, size_t at, struct slice text,
                       int64_t line, struct err *err) {
    struct examples *d = r->examples;
    d->lines[at] = line;
    d->labels[at] = 0;
    d->scores[at] = 0;
    if (r->task->kind == TASK_REGRESS)
        return read_score(r, text, line, &d->scores[at], err);
    d->labels[at] =
        r->learn ? labels_add(r->labels, text) : labels_find(r->labels, text);
    return d->labels[at] < 0 ? refuse_label(r, text, line, err) : 0;
}

/* ---- texts ---- */

/* Where the columns are in records_field. */
enum { LABEL, TEXT, PAIR };

static int read_record(const struct reading *r, const struct records *records,
                       struct err *err) {
    struct examples *d = r->examples;
    struct slice pair = {NULL, 0};
    grow(d);
    size_t at = d->asked_starts[d->count];
    grow_asked(d, at + 1);
    if (take_answer(r, at, records_field(records, LABEL), records_line(records), err) <
        0)
        return -1;
    if (r->task->pair)
        pair = records_field(records, PAIR);
    d->places[at] = 0;
    add_example(
        d, encoder_texts(r->encoder, records_field(records, TEXT), pair, &d->ids), 1);
    return 0;
}

static int read_records(const struct reading *r, struct err *err) {
    static const enum records_format formats[] = {[TASK_TSV] = RECORDS_TSV,
                                                  [TASK_CSV] = RECORDS_CSV,
                                                  [TASK_JSONL] = RECORDS_JSONL};
    const struct task *task = r->task;
    const struct records_options options = {
        .format = formats[task->format],
        .names = task->names,
        .wanted = {[LABEL] = task->label, [TEXT] = task->text, [PAIR] = task->pair}};
    struct records *records = records_open(r->path, &options, err);
    int rc = records ? 0 : -1;
    while (rc == 0 && (rc = records_next(records, err)) > 0)
        rc = read_record(r, records, err);
    records_close(records);
    return rc;
}

/* ---- words ---- */

static int read_sentence(const struct reading *r, const struct sentence *sentence,
                         struct err *err) {
    struct examples *d = r->examples;
    size_t n = (size_t)sentence->count;
    grow(d);
    size_t at = d->asked_starts[d->count];
    grow_asked(d, at + n);
    for (size_t i = 0; i < n; i++)
        if (take_answer(r, at + i, sentence->tags[i], sentence->lines[i], err) < 0)
            return -1;
    add_example(d,
                encoder_words(r->encoder, sentence->words, sentence->count,
                              d->places + at, &d->ids),
                n);
    for (size_t i = 0; i < n; i++)
        d->lost_words += d->places[at + i] < 0;
    return 0;
}

static int read_sentences(const struct reading *r, struct err *err) {
    const struct task *task = r->task;
    const struct sentences_options options = {
        .format = task->format == TASK_CONLLU ? SENTENCES_CONLLU : SENTENCES_CONLL,
        .names = task->names,
        .word = task->text,
        .tag = task->label};
    struct sentence sentence;
    struct sentences *sentences = sentences_open(r->path, &options, err);
    int rc = sentences ? 0 : -1;
    while (rc == 0 && (rc = sentences_next(sentences, &sentence, err)) > 0)
        rc = read_sentence(r, &sentence, err);
    sentences_close(sentences);
    return rc;
}

/* ---- the doors ---- */

/* Labels in order, and with them the answers, which have the numbers of those that were
 * met first. */
static void sort_labels(const struct reading *r) {
    int32_t *numbers = mem_alloc((size_t)r->labels->count, sizeof *numbers);
    labels_sort(r->labels, numbers);
    for (int64_t i = 0; i < examples_asked(r->examples); i++)
        r->examples->labels[i] = numbers[r->examples->labels[i]];
    mem_free(numbers);
}

int examples_read(struct examples *examples, const struct task *task, const char *path,
                  struct labels *labels, enum examples_labels learn,
                  struct encoder *encoder, struct err *err) {
    const struct reading r = {examples, task, path, labels, learn == EXAMPLES_LEARNT,
                              encoder};
    int rc = task->kind == TASK_TAG ? read_sentences(&r, err) : read_records(&r, err);
    if (rc == 0 && examples->count == 0)
        rc = err_set(err, ERR_DATA, "%s: has no example", path);
    if (rc == 0 && r.learn && task->kind != TASK_REGRESS)
        sort_labels(&r);
    return rc;
}

/* ---- lines without answers ---- */

/* The words of a line, of which there are at most line.size; returns how many. */
static int64_t split_words(struct slice line, struct slice *words) {
    int64_t n = 0;
    while (slice_field(&line, ' ', &words[n]))
        n += words[n].size > 0;
    return n;
}

static void add_words(struct examples *d, struct slice line, struct encoder *encoder) {
    struct slice *words = mem_alloc(line.size + 1, sizeof *words);
    int64_t n = split_words(line, words);
    size_t at = d->asked_starts[d->count];
    grow_asked(d, at + (size_t)n);
    add_example(d, encoder_words(encoder, words, n, d->places + at, &d->ids),
                (size_t)n);
    for (int64_t i = 0; i < n; i++)
        d->lost_words += d->places[at + (size_t)i] < 0;
    mem_free(words);
}

static void add_texts(struct examples *d, struct slice line, struct encoder *encoder) {
    const char *tab = memchr(line.data, '\t', line.size);
    size_t size = tab ? (size_t)(tab - line.data) : line.size;
    struct slice pair = {NULL, 0};
    if (tab)
        pair = (struct slice){tab + 1, line.size - size - 1};
    size_t at = d->asked_starts[d->count];
    grow_asked(d, at + 1);
    d->places[at] = 0;
    add_example(
        d, encoder_texts(encoder, (struct slice){line.data, size}, pair, &d->ids), 1);
}

int examples_read_lines(struct examples *d, enum task_kind kind, const char *path,
                        struct encoder *encoder, struct err *err) {
    struct str text = {0};
    struct slice rest, line;
    if (file_read(path, (size_t)1 << 30, &text, err) < 0)
        return -1;
    rest = str_slice(&text);
    while (slice_line(&rest, &line)) {
        if (line.size > 0 && line.data[line.size - 1] == '\r')
            line.size--;
        grow(d);
        if (kind == TASK_TAG)
            add_words(d, line, encoder);
        else
            add_texts(d, line, encoder);
    }
    for (int64_t q = 0; q < examples_asked(d); q++)
        d->labels[q] = 0, d->scores[q] = 0;
    str_fini(&text);
    return d->count > 0 ? 0 : err_set(err, ERR_DATA, "%s: has no line", path);
}

void examples_get(const struct examples *d, int64_t i, struct example *e) {
    size_t first = d->starts[i];
    e->length = (int32_t)(d->starts[i + 1] - first);
    e->split = d->splits[i];
    e->next = NEXT_NONE;
    e->scores = d->scores + d->asked_starts[i];
    e->ids = d->ids.data + first;
    e->cut_count = 0;
    e->masked = 0;
    for (size_t q = d->asked_starts[i]; q < d->asked_starts[i + 1]; q++) {
        if (d->places[q] < 0)
            continue;
        e->positions[e->masked] = d->places[q];
        e->labels[e->masked++] = d->labels[q];
    }
}

int64_t examples_asked(const struct examples *d) {
    return d->count > 0 ? (int64_t)d->asked_starts[d->count] : 0;
}

void examples_fini(struct examples *d) {
    ids_fini(&d->ids);
    mem_free(d->starts);
    mem_free(d->splits);
    mem_free(d->asked_starts);
    mem_free(d->places);
    mem_free(d->labels);
    mem_free(d->scores);
    mem_free(d->lines);
    *d = (struct examples){0};
}
