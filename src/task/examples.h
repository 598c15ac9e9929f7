/* SPDX-License-Identifier: Apache-2.0 */
/* Examples of a task: ids, and what is asked of them.  Of most kinds an
 * example is one sequence with one question, at its [CLS]; of tags it has a question a
 * word, at the word's first piece; of sets of labels each of its labels is one. */
#ifndef MPIBERT_TASK_EXAMPLES_H
#define MPIBERT_TASK_EXAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "src/core/example.h"
#include "src/task/encoder.h"
#include "src/task/kind.h"

struct questions;

/* Zero it to begin. */
struct examples {
    enum task_kind kind;
    int64_t count;        /* examples */
    struct ids ids;       /* of all, one after the other */
    size_t *starts;       /* (count + 1) first id of each */
    size_t *span_starts;  /* (count + 1) first span of each: of TASK_CHOOSE a candidate
                           * is one, of others there is one */
    int32_t *spans;       /* (spans) where each begins in its example */
    int32_t *splits;      /* (spans) where its segment 1 does; its end without one */
    size_t *asked_starts; /* (count + 1) first question of each */
    int32_t *places;      /* (asked) rows of the example; -1: its word was cut off; of
                           * TASK_ANSWER the first and the last of the answer */
    int32_t *labels; /* (asked) of the list, a set's ascending; unless TASK_REGRESS */
    float *scores;   /* (asked) of TASK_REGRESS */
    int64_t *lines;  /* (asked) of the file */
    int32_t *words;  /* (count,2) rows of the words of TASK_MARKED; else NULL */
    int64_t room, span_room, asked_room, word_room;
    struct questions *questions; /* owned; of TASK_ANSWER, whose examples are windows */
    bool cut;             /* tokens of the example that was begun were left out */
    int64_t cut_examples; /* that lost tokens to the length */
    int64_t lost_words;   /* questions that have no place */
    int32_t longest;      /* tokens of the longest example */
    int32_t most_asked;   /* questions of the one that has most */
    int32_t most_spans;   /* likewise */
};

/* Begins an example at the end. */
void examples_begin(struct examples *examples);
/* Room for n more questions of the example that was begun, all at its first row and
 * without an answer; returns the number of the first. */
size_t examples_ask(struct examples *examples, size_t n, int64_t line);
/* The rows of its two words, which are asked about. */
void examples_mark(struct examples *examples, int32_t first, int32_t second);
/* One more span of it: what the encoder made of a text, whose ids are there. */
void examples_span(struct examples *examples, struct encoded encoded);
void examples_close(struct examples *examples);
/* Both, of an example of one span. */
void examples_end(struct examples *examples, struct encoded encoded);

/* Example i as the model takes it: its questions are the masked rows, and after them
 * its words, with the label of the question.  labels and positions have room for
 * most_asked, and 3; questions without a place are left out. */
void examples_get(const struct examples *examples, int64_t i, struct example *example);
/* Questions of all examples. */
int64_t examples_asked(const struct examples *examples);
/* Which row of the head's logits is the first of example i, of all of them the examples
 * laid end to end; i = count: how many rows there are.  A word without a place has one,
 * too. */
size_t examples_row(const struct examples *examples, int64_t i);
void examples_fini(struct examples *examples);

#endif
