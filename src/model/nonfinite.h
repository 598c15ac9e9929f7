/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a model's numbers are numbers.  NaN and infinities are refused with 70, by
 * the name of the tensor that has them. */
#ifndef MPIBERT_MODEL_NONFINITE_H
#define MPIBERT_MODEL_NONFINITE_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/core/params.h"

/* Of a whole block. */
int nonfinite_check(const struct params *params, struct err *err);

/* The same in two steps, for a block that several look at.  First: the bad elements of
 * the run `span` of a block, which `data` points to, are added to the counts of its
 * tensors. */
void nonfinite_count(const struct params_table *table, struct span span,
                     const float *data, uint64_t *counts);
/* Then: -1 names, after the words `what`, the first tensor that has any. */
int nonfinite_judge(const struct params_table *table, const char *what,
                    const uint64_t *counts, struct err *err);

#endif
