/* SPDX-License-Identifier: Apache-2.0 */
/* A file of a task as examples: ids, and what is asked of them.  One question an
 * example, at its [CLS], or one a word, at the word's first piece. */
#ifndef MPIBERT_TASK_EXAMPLES_H
#define MPIBERT_TASK_EXAMPLES_H

#include <stdint.h>

#include "src/core/example.h"
#include "src/task/encoder.h"
#include "src/task/labels.h"
#include "src/task/task.h"

/* Zero it to begin. */
struct examples {
    int64_t count;        /* examples */
    struct ids ids;       /* of all, one after the other */
    size_t *starts;       /* (count + 1) first id of each */
    int32_t *splits;      /* (count) see struct encoded */
    size_t *asked_starts; /* (count + 1) first question of each */
    int32_t *places;      /* (asked) rows of the example; -1: its word was cut off */
    int32_t *labels;      /* (asked) of the list; unless TASK_REGRESS */
    float *scores;        /* (asked) of TASK_REGRESS */
    int64_t *lines;       /* (asked) of the file */
    int64_t room, asked_room;
    int64_t cut_examples; /* that lost tokens to the length */
    int64_t lost_words;   /* questions that have no place */
    int32_t longest;      /* tokens of the longest example */
};

/* Whether a label that is not in the list is added to it. */
enum examples_labels { EXAMPLES_GIVEN, EXAMPLES_LEARNT };

/* Reads the file.  With EXAMPLES_LEARNT, labels that the list has not are added, and in
 * the end it is sorted.  65 with file and line: faults of the file (records.h,
 * sentences.h), a label that is not in the list, a score that is no number; no example
 * in it. */
int examples_read(struct examples *examples, const struct task *task, const char *path,
                  struct labels *labels, enum examples_labels learn,
                  struct encoder *encoder, struct err *err);
/* Reads a file of lines that ask and do not answer: a text, or two with a tab between
 * them; for TASK_TAG words with blanks between them.  An empty line is an empty text.
 */
int examples_read_lines(struct examples *examples, enum task_kind kind,
                        const char *path, struct encoder *encoder, struct err *err);
/* Example i as the model takes it: its questions are the masked rows.  labels and
 * positions have room for as many; questions without a place are left out. */
void examples_get(const struct examples *examples, int64_t i, struct example *example);
/* Questions of all examples. */
int64_t examples_asked(const struct examples *examples);
void examples_fini(struct examples *examples);

#endif
