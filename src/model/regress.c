/* SPDX-License-Identifier: Apache-2.0 */
/* A number of each sequence, as BertForSequenceClassification with one label: the
 * square of its one logit's distance from the score. */
#include "src/model/head.h"

static void regress_loss(const struct pass *pass, const float *bias, float *logits,
                         float scale, struct sum *sum) {
    for (int64_t i = 0; i < pass->M; i++) {
        float miss = logits[i] + bias[0] - pass->scores[i];
        sum->loss += (double)miss * miss;
        logits[i] = 2 * miss * scale;
    }
    sum->count += pass->M;
}

static void regress_run(const struct pass *pass, void *own, const float *x, float scale,
                        struct sum *sum) {
    head_run(pass, own, x, scale, sum, regress_loss);
}

const struct objective regress_objective = {HEAD_OF_POOLED, .count = head_count_masked,
                                            .mark = objective_mark_masked,
                                            .run = regress_run};
