/* SPDX-License-Identifier: Apache-2.0 */
/* A label of each masked row, as BertForTokenClassification: cross-entropy over the C
 * logits of the row itself. */
#include "src/model/answer.h"

static void tag_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    answer_run(pass, own, x, scale, sum, answer_xent);
}

const struct objective tag_objective = {.rows = answer_rows,
                                        .last = answer_last,
                                        .bytes = sizeof(struct answer),
                                        .place = answer_place,
                                        .count = answer_count,
                                        .mark = objective_mark_masked,
                                        .run = tag_run,
                                        .flops = answer_flops};
