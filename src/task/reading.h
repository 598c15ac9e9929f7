/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of files share: one reading.  A reader begins an example, asks,
 * writes the places and answers of what it asked, and ends it with what the encoder
 * made of its text. */
#ifndef MPIBERT_TASK_READING_H
#define MPIBERT_TASK_READING_H

#include <stdbool.h>

#include "src/task/examples.h"
#include "src/task/labels.h"
#include "src/task/questions.h"
#include "src/task/records.h"
#include "src/task/task.h"

struct reading {
    struct examples *examples;
    const struct task *task;
    const char *path;
    struct labels *labels; /* NULL: answers are not read */
    bool learn;
    struct encoder *encoder;
};

/* Reads the whole file. */
typedef int reading_fn(const struct reading *r, struct err *err);
/* Takes a line that asks and does not answer.  65 without file and line. */
typedef int reading_line_fn(const struct reading *r, struct slice line,
                            struct err *err);

reading_fn texts_read, words_read, choices_read, articles_read;
reading_line_fn texts_read_line, words_read_line, choices_read_line;

/* Of a task whose files are records. */
enum records_format reading_format(const struct task *task);
/* The number of a label.  65 with file and line. */
int reading_label(const struct reading *r, struct slice text, int64_t line,
                  int32_t *label, struct err *err);

#endif
