/* SPDX-License-Identifier: Apache-2.0 */
/* A label of each sequence, as BertForSequenceClassification: cross-entropy over the C
 * logits of its pooled first row. */
#include "src/model/answer.h"

static void classify_run(const struct pass *pass, void *own, const float *x,
                         float scale, struct sum *sum) {
    answer_run(pass, own, x, scale, sum, answer_xent);
}

const struct objective classify_objective = {.rows = answer_rows,
                                             .last = answer_last,
                                             .pooled = true,
                                             .bytes = sizeof(struct answer),
                                             .place = answer_place_pooled,
                                             .count = answer_count,
                                             .mark = objective_mark_masked,
                                             .run = classify_run,
                                             .flops = answer_flops_pooled};
