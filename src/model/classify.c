/* SPDX-License-Identifier: Apache-2.0 */
/* A label of each sequence, as BertForSequenceClassification: cross-entropy over the C
 * logits of its pooled first row. */
#include "src/model/head.h"

static void classify_run(const struct pass *pass, void *own, const float *x,
                         float scale, struct sum *sum) {
    head_run(pass, own, x, scale, sum, head_xent);
}

const struct objective classify_objective = {HEAD_OF_POOLED, .count = head_count_masked,
                                             .mark = objective_mark_masked,
                                             .run = classify_run};
