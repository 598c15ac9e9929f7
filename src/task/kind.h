/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of task, a row each: what is asked, and with it which objective is trained,
 * which predictions are made of its answers and as which class of transformers the
 * model goes out. */
#ifndef MPIBERT_TASK_KIND_H
#define MPIBERT_TASK_KIND_H

#include "io/convert/convert.h"
#include "src/core/objectives.h"
#include "src/core/predictions.h"

enum task_kind {
    TASK_CLASSIFY,   /* a label of one text or two */
    TASK_REGRESS,    /* a number of one text or two */
    TASK_TAG,        /* a label of each word */
    TASK_MULTILABEL, /* any number of labels of one text or two */
    TASK_CHOOSE,     /* one of several candidates */
    TASK_ANSWER,     /* where in a text the answer to a question is */
    TASK_MARKED,     /* a label of two texts, by the states of a word in each */
    TASK_KINDS
};

struct kind {
    const char *name; /* "classify": of task.kind */
    enum objective_id objective;
    enum export_layout layout; /* EXPORT_LAYOUTS: transformers has no such class */
    enum predictions_kind answers;
    int columns;         /* of its head; 0: as many as there are labels */
    const char *metrics; /* of a task of one's own */
};

extern const struct kind kinds[TASK_KINDS];

/* The kind whose objective a model has; -1: none. */
int kind_of_objectives(uint32_t set);

#endif
