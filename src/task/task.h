/* SPDX-License-Identifier: Apache-2.0 */
/* The tasks that a model is judged by: what each one's files are called, what is in
 * their columns, what is asked, and by which metrics it is judged.  A task of a user's
 * own is a row of options (task.kind, task.text, …) over the row "own". */
#ifndef MPIBERT_TASK_TASK_H
#define MPIBERT_TASK_TASK_H

#include <stdbool.h>

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"
#include "src/task/kind.h"

enum task_format {
    TASK_TSV,
    TASK_CSV,
    TASK_JSONL,
    TASK_CONLL,
    TASK_CONLLU,
    TASK_SQUAD
};

enum { TASK_DEVS = 2, TASK_TESTS = 3, TASK_MARKS = 4 };

/* A file of texts whose answers only gluebenchmark.com has. */
struct task_test {
    const char *file;   /* its columns are named by its first line */
    const char *upload; /* what the file of answers is called there, without ".tsv" */
};

/* A file's name may be a pattern of glob(7), and "a|b" is the first of two that is
 * there. */
struct task {
    const char *name;  /* as it is asked for: "mrpc" */
    const char *title; /* as people write it: "MRPC", the folder's name in GLUE's */
    enum task_kind kind;
    enum task_format format;
    const char *train;
    const char *dev[TASK_DEVS];        /* one, or two */
    const char *dev_name[TASK_DEVS];   /* "matched"; NULL where there is one */
    struct task_test test[TASK_TESTS]; /* up to one whose file is NULL */
    const char *names; /* columns of files without a header; NULL: the first line's */
    const char *text;  /* columns */
    const char *pair;  /* NULL: one text; of TASK_CHOOSE what candidates begin with */
    const char
        *mark; /* columns "begin end", of a pair "begin end begin end"; or NULL */
    const char *label;
    const char *choices; /* columns of candidates, separated by blanks; TASK_CHOOSE */
    int64_t stride, longest_answer; /* see the options; TASK_ANSWER */
    double null_threshold;
    const char *separator; /* between labels: a character; TASK_MULTILABEL */
    const char
        *labels; /* "0=unacceptable 1=acceptable"; NULL: those of train, sorted */
    const char
        *metrics; /* of src/judge, separated by blanks, the first of them first */
};

extern const struct task tasks[]; /* ends with a NULL name */

/* The task of a name with the task.* options of a configuration over it; borrows from
 * config.  64 for a name that is none, with those that are; 78 where an own task lacks
 * a column, or its kind does not fit its format. */
int task_init(struct task *task, const char *name, const struct config *config,
              struct err *err);
/* The task of lines that ask (readers_lines), as the folder of a model of its kind says
 * it; borrows from config. */
void task_init_lines(struct task *task, enum task_kind kind,
                     const struct config *config);
/* Puts the path of a file of the task (one of its patterns) into *path: in the first of
 * `dirs` ("glue,pos") that has it, or has a folder with the task's title that does.  66
 * where there is none, with what was looked for; 65 where several fit. */
int task_find_file(const struct task *task, const char *dirs, const char *pattern,
                   struct str *path, struct err *err);

#endif
