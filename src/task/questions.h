/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about texts, as SQuAD has them, and the windows of the texts that a model
 * sees: an example each. */
#ifndef MPIBERT_TASK_QUESTIONS_H
#define MPIBERT_TASK_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"
#include "src/text/ids.h"
#include "src/text/offsets.h"

/* A text, and the bytes that each of its tokens stands for. */
struct context {
    struct str text;
    struct ids ids;
    struct reach *places; /* (ids.count) owned */
};

struct question {
    struct str id;
    int64_t context;
    struct str *answers; /* (answer_count) owned; none: it has no answer */
    int answer_count;
    int64_t first, windows; /* its examples */
};

/* Tokens first … first+count-1 of a context, at rows row … of the example. */
struct frame {
    int64_t question;
    size_t first;
    int32_t row, count;
};

/* Zero it to begin; all owned. */
struct questions {
    struct context *contexts; /* (context_count) */
    struct question *list;    /* (count) */
    struct frame *windows;    /* (window_count) one an example */
    int64_t context_count, count, window_count;
    int64_t context_room, room, window_room;
    bool none;              /* they may have no answer, as in SQuAD 2.0 */
    int64_t longest_answer; /* tokens of an answer at most */
    double null_threshold;  /* by how much none must be the better answer */
};

/* Room for one more, zeroed; until the next call. */
struct context *questions_add_context(struct questions *q);
struct question *questions_add(struct questions *q);
struct frame *questions_add_window(struct questions *q);
void questions_fini(struct questions *q);

#endif
