/* SPDX-License-Identifier: Apache-2.0 */
/* A file of tagged words as sentences: a word a line in columns, an empty line after
 * each sentence.  Two formats:
 *
 *   conll   blanks or tabs between columns; -DOCSTART- lines are no words (CoNLL-2003)
 *   conllu  tabs; lines that begin with # are comments, and 1-2 and 1.1 (words written
 *           together, words that are not written) are no words (Universal Dependencies)
 */
#ifndef MPIBERT_TASK_SENTENCES_H
#define MPIBERT_TASK_SENTENCES_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/base/str.h"

struct sentences; /* opaque */

enum sentences_format { SENTENCES_CONLL, SENTENCES_CONLLU };

struct sentences_options {
    enum sentences_format format;
    const char *names;      /* of the columns, separated by blanks */
    const char *word, *tag; /* two of them; tag NULL: not read */
};

/* A sentence; until the next sentences_next. */
struct sentence {
    const struct slice *words, *tags; /* (count) */
    const int64_t *lines;             /* (count) of the file, from 1 */
    int64_t count;
};

/* Reads the file into memory.  66: not there; 65: a column that names has not.  Borrows
 * all until sentences_close. */
struct sentences *sentences_open(const char *path,
                                 const struct sentences_options *options,
                                 struct err *err);
/* 1: a sentence, of a word at least; 0: the end; -1: 65 with file and line: a line of
 * too few columns, an empty word. */
int sentences_next(struct sentences *sentences, struct sentence *sentence,
                   struct err *err);
void sentences_close(struct sentences *sentences);

#endif
