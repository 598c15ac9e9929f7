/* SPDX-License-Identifier: Apache-2.0 */
/* The best answer to a question out of what a model says of its windows. */
#ifndef MPIBERT_TASK_SPAN_H
#define MPIBERT_TASK_SPAN_H

#include "src/task/examples.h"
#include "src/task/questions.h"

/* logits (examples_row(d, d->count), 2): of each row, that the answer begins and that
 * it ends there.  The answer to question i is the run of at most longest_answer tokens
 * of a context whose sum is largest, over all windows (of equals the first), in the
 * context's own bytes; or none (size 0), where there may be none and the least sum of a
 * window's [CLS] is larger by more than null_threshold. */
struct slice span_best(const struct examples *d, int64_t i, const float *logits);

#endif
