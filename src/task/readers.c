/* SPDX-License-Identifier: Apache-2.0 */
/* The readers by kind: see readers.h. */
#include "src/task/readers.h"

#include <stdlib.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/task/reading.h"

static const struct {
    reading_fn *read;
    reading_line_fn *read_line;
} readers[TASK_KINDS] = {
    [TASK_CLASSIFY] = {texts_read, texts_read_line},
    [TASK_REGRESS] = {texts_read, texts_read_line},
    [TASK_TAG] = {words_read, words_read_line},
    [TASK_MULTILABEL] = {texts_read, texts_read_line},
    [TASK_CHOOSE] = {choices_read, choices_read_line},
    [TASK_ANSWER] = {articles_read, NULL},
    [TASK_MARKED] = {texts_read, texts_read_line},
};

static int by_number(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Labels in order, and with them the answers, which have the numbers of those that were
 * met first. */
static void sort_labels(const struct reading *r) {
    int32_t *numbers = mem_alloc((size_t)r->labels->count + 1, sizeof *numbers);
    labels_sort(r->labels, numbers);
    for (int64_t i = 0; i < examples_asked(r->examples); i++)
        r->examples->labels[i] = numbers[r->examples->labels[i]];
    mem_free(numbers);
}

static void sort_sets(struct examples *d) {
    for (int64_t i = 0; i < d->count; i++) {
        size_t first = d->asked_starts[i], n = d->asked_starts[i + 1] - first;
        if (n > 1)
            qsort(d->labels + first, n, sizeof *d->labels, by_number);
    }
}

int readers_file(struct examples *examples, const struct task *task, const char *path,
                 struct labels *labels, enum readers_labels learn,
                 struct encoder *encoder, struct err *err) {
    const struct reading r = {examples, task, path, labels, learn == READERS_LEARNT,
                              encoder};
    examples->kind = task->kind;
    int rc = readers[task->kind].read(&r, err);
    if (rc == 0 && examples->count == 0)
        rc = err_set(err, ERR_DATA, "%s: has no example", path);
    if (rc == 0 && r.learn && labels->count > 0)
        sort_labels(&r);
    if (rc == 0 && task->kind == TASK_MULTILABEL)
        sort_sets(examples);
    return rc;
}

int readers_test(struct examples *d, const struct task *task, const char *path,
                 struct encoder *encoder, struct err *err) {
    struct task unnamed = *task;
    const struct reading r = {d, &unnamed, path, NULL, false, encoder};
    unnamed.names = NULL;
    d->kind = task->kind;
    if (readers[d->kind].read(&r, err) < 0)
        return -1;
    return d->count > 0 ? 0 : err_set(err, ERR_DATA, "%s: has no example", path);
}

/* A line an example. */
static int read_lines(const struct reading *r, struct err *err) {
    struct examples *d = r->examples;
    const char *path = r->path;
    struct str text = {0};
    struct slice rest, line;
    int rc = 0;
    if (file_read(path, (size_t)1 << 30, &text, err) < 0)
        return -1;
    rest = str_slice(&text);
    while (rc == 0 && slice_line(&rest, &line)) {
        if (line.size > 0 && line.data[line.size - 1] == '\r')
            line.size--;
        rc = readers[d->kind].read_line(r, line, err);
    }
    str_fini(&text);
    if (rc < 0)
        return err_prefix(err, "%s:%lld", path, (long long)d->count + 1);
    return d->count > 0 ? 0 : err_set(err, ERR_DATA, "%s: has no line", path);
}

int readers_lines(struct examples *d, const struct task *task, const char *path,
                  struct encoder *encoder, struct err *err) {
    const struct reading r = {d, task, path, NULL, false, encoder};
    d->kind = task->kind;
    if (readers[d->kind].read_line)
        return read_lines(&r, err);
    if (readers[d->kind].read(&r, err) < 0)
        return -1;
    return d->count > 0 ? 0 : err_set(err, ERR_DATA, "%s: has no question", path);
}
