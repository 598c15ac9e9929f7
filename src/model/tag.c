/* SPDX-License-Identifier: Apache-2.0 */
/* A label of each masked row, as BertForTokenClassification: cross-entropy over the C
 * logits of the row itself. */
#include "src/model/head.h"

static void tag_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    head_run(pass, own, x, scale, sum, head_xent);
}

const struct objective tag_objective = {.rows = head_rows,
                                        .last = head_last,
                                        .bytes = sizeof(struct head),
                                        .place = head_place_masked,
                                        .count = head_count_masked,
                                        .mark = objective_mark_masked,
                                        .run = tag_run,
                                        .flops = head_flops};
