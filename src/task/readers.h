/* SPDX-License-Identifier: Apache-2.0 */
/* Files of a task as examples: each kind of task has its reader. */
#ifndef MPIBERT_TASK_READERS_H
#define MPIBERT_TASK_READERS_H

#include "src/task/examples.h"
#include "src/task/labels.h"
#include "src/task/task.h"

/* Whether a label that is not in the list is added to it. */
enum readers_labels { READERS_GIVEN, READERS_LEARNT };

/* Reads the file.  With READERS_LEARNT, labels that the list has not are added, and in
 * the end it is sorted.  65 with file and line: faults of the file (records.h,
 * sentences.h), a label that is not in the list, a score that is no number; no example
 * in it. */
int readers_file(struct examples *examples, const struct task *task, const char *path,
                 struct labels *labels, enum readers_labels learn,
                 struct encoder *encoder, struct err *err);
/* Reads a file as of a task, but for its answers, which it has not, and with columns
 * that its first line names. */
int readers_test(struct examples *examples, const struct task *task, const char *path,
                 struct encoder *encoder, struct err *err);
/* Reads a file of lines that ask and do not answer: a text, or two with a tab between
 * them, and where a task marks words (task.mark) then the begin and the end of each
 * word, with tabs before them; for TASK_TAG words with blanks between them; for
 * TASK_CHOOSE a text and its candidates with tabs between them.  For TASK_ANSWER a file
 * of questions, with or without answers, in windows as the task has them.  An empty
 * line is an empty text. */
int readers_lines(struct examples *examples, const struct task *task, const char *path,
                  struct encoder *encoder, struct err *err);

#endif
