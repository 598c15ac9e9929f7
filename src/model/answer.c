/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a sequence an answer begins and ends, as BertForQuestionAnswering: each row
 * has a logit for both, and a sequence's two masked rows are the right ones; its losses
 * are the cross-entropies of these two choices among all of its rows. */
#include <string.h>

#include "src/base/die.h"
#include "src/model/head.h"

static void answer_mark(const struct pass *pass, void *own, bool *marked) {
    (void)own;
    memset(marked, true, (size_t)pass->T * sizeof *marked);
}

/* The biases, which rows have in common, change nothing. */
static void answer_loss(const struct pass *pass, const float *bias, float *logits,
                        float scale, struct sum *sum) {
    (void)bias;
    CHECK(pass->M == 2 * pass->B);
    for (int64_t b = 0; b < pass->B; b++) {
        int32_t first = pass->starts[b], rows = pass->starts[b + 1] - first;
        for (int64_t k = 0; k < 2; k++)
            head_choice(rows, 2, logits + 2 * (int64_t)first + k,
                        pass->masked[2 * b + k] - pass->row - first, scale, sum);
    }
}

static void answer_run(const struct pass *pass, void *own, const float *x, float scale,
                       struct sum *sum) {
    head_run(pass, own, x, scale, sum, answer_loss);
}

const struct objective answer_objective = {.rows = head_rows,
                                           .last = head_last,
                                           .bytes = sizeof(struct head),
                                           .place = head_place_all,
                                           .count = head_count_masked,
                                           .mark = answer_mark,
                                           .run = answer_run,
                                           .flops = head_flops};
