/* SPDX-License-Identifier: Apache-2.0 */
/* A number of each sequence, as BertForSequenceClassification with one label: the
 * square of its one logit's distance from the score. */
#include "src/model/answer.h"

static void regress_loss(const struct pass *pass, const float *bias, float *logits,
                         float scale, struct sum *sum) {
    for (int64_t i = 0; i < pass->M; i++) {
        float miss = logits[i] + bias[0] - pass->scores[i];
        sum->loss += (double)miss * miss;
        logits[i] = 2 * miss * scale;
    }
}

static void regress_run(const struct pass *pass, void *own, const float *x, float scale,
                        struct sum *sum) {
    answer_run(pass, own, x, scale, sum, regress_loss);
}

const struct objective regress_objective = {.rows = answer_rows,
                                            .last = answer_last,
                                            .pooled = true,
                                            .bytes = sizeof(struct answer),
                                            .place = answer_place_pooled,
                                            .count = answer_count,
                                            .mark = objective_mark_masked,
                                            .run = regress_run,
                                            .flops = answer_flops_pooled};
