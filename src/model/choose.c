/* SPDX-License-Identifier: Apache-2.0 */
/* One of several candidates, as BertForMultipleChoice: a sequence has a span for each,
 * its masked row is the first of the right one, and the loss is the cross-entropy of
 * that choice by the one logit of each span's pooled first row. */
#include "src/base/die.h"
#include "src/model/head.h"

static void choose_mark(const struct pass *pass, void *own, bool *marked) {
    (void)own;
    for (int64_t n = 0; n < pass->N; n++)
        marked[pass->spans[n]] = true;
}

/* The bias, which candidates have in common, changes nothing. */
static void choose_loss(const struct pass *pass, const float *bias, float *logits,
                        float scale, struct sum *sum) {
    (void)bias;
    CHECK(pass->M == pass->B);
    for (int64_t b = 0, n = 0, first; b < pass->B; b++) {
        int64_t right = 0;
        for (first = n; n < pass->N && pass->spans[n] < pass->starts[b + 1]; n++)
            if (pass->spans[n] == pass->masked[b] - pass->row)
                right = n - first;
        head_choice(n - first, 1, logits + first, right, scale, sum);
    }
}

static void choose_run(const struct pass *pass, void *own, const float *x, float scale,
                       struct sum *sum) {
    head_run(pass, own, x, scale, sum, choose_loss);
}

const struct objective choose_objective = {HEAD_OF_POOLED, .count = head_count_masked,
                                           .mark = choose_mark, .run = choose_run};
