/* SPDX-License-Identifier: Apache-2.0 */
/* What the loss of each label counts: finetune.class_weights.  Local. */
#ifndef MPIBERT_TUNE_BALANCE_H
#define MPIBERT_TUNE_BALANCE_H

#include "src/base/err.h"
#include "src/task/taskset.h"

/* Weights of a task's labels (taskset_width), owned (mem_free), into *weights; NULL
 * where `text` is NULL: all count the same.
 *
 *   balanced     examples / (labels · examples of this label), as scikit-learn's
 *                class_weight="balanced"; words after the cut do not count
 *   "1 2.5"      as given
 *
 * 78: not a number above 0 for each label, or a task that has none. */
int balance_read(const char *text, const struct taskset *taskset, float **weights,
                 struct err *err);

#endif
