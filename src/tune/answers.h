/* SPDX-License-Identifier: Apache-2.0 */
/* What a model with a task's head says to the questions of examples. */
#ifndef MPIBERT_TUNE_ANSWERS_H
#define MPIBERT_TUNE_ANSWERS_H

#include <stdint.h>

#include "mpi/comm.h"
#include "src/core/params.h"
#include "src/model/bert.h"
#include "src/task/taskset.h"

/* Logits (examples_row(examples, count), columns) of all examples, in order; NaN for
 * words without a place.  Batches of `size` examples go through the model, which has
 * room for them; the ranks of `group` share them.  Collective over it; NULL: local. */
void answers_ask(struct model *model, const struct params *weights, int64_t columns,
                 const struct examples *examples, int64_t size, struct comm *group,
                 float *logits);
/* Whether all of them are finite, but for those of words without a place: of what is
 * not, nothing can be told. */
bool answers_are_finite(const struct examples *examples, int64_t columns,
                        const float *logits);
/* The answer that logits (columns) are: the number of the first of the largest, or of
 * TASK_REGRESS the number itself; -1 for a question that had no place. */
float answers_choose(const float *logits, int64_t columns, enum task_kind kind);
/* The answers of all examples as predictions have them, out of such logits. */
void answers_take(const struct examples *examples, int64_t columns, const float *logits,
                  float *answers);

/* Those of TASK_ANSWER, as SQuAD's scripts take them: an object of texts by ids. */
void answers_json(const struct examples *examples, const float *logits,
                  struct str *out);
/* Appends those (answers_take) to the texts of test file i, as gluebenchmark.com takes
 * them: two columns, "index" and "prediction", labels as the task's files have them,
 * scores cut to 0 … 5. */
void answers_upload(const struct taskset *taskset, int i, const float *answers,
                    struct str *out);

#endif
