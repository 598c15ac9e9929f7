/* SPDX-License-Identifier: Apache-2.0 */
/* What a fine-tuned model says of the lines of a file.  Local. */
#ifndef MPIBERT_TUNE_PREDICT_H
#define MPIBERT_TUNE_PREDICT_H

#include "src/infer/bundle.h"
#include "src/task/examples.h"

/* Zero it to begin. */
struct predict {
    enum task_kind kind;
    struct examples examples; /* a line is an example */
    int64_t columns;
    float *
        logits; /* (examples_row(…, count), columns) owned; NaN: a word after the cut */
};

/* One answer: the number of a label or choice and its probability, or a number; label
 * -1: none. */
struct predict_answer {
    int32_t label;
    double value;
};

/* `bundle` is one of bundle_load_task.  66, 65: the file is not there, or empty; 70:
 * answers that are NaN. */
int predict_file(struct predict *predict, const struct bundle *bundle, const char *path,
                 struct err *err);
/* Whether an example has a list of answers, and not always one. */
bool predict_lists(const struct predict *predict);
/* The most answers that an example has. */
size_t predict_most(const struct predict *predict);
/* All of example i; returns how many. */
size_t predict_answers(const struct predict *predict, int64_t i,
                       struct predict_answer *answers);
/* Those of TASK_ANSWER: an object of texts by the ids of questions. */
void predict_said(const struct predict *predict, struct str *out);
void predict_fini(struct predict *predict);

#endif
