/* SPDX-License-Identifier: Apache-2.0 */
/* A label of two words of a sequence, as the baseline of SuperGLUE tells WiC (Wang et
 * al. 2019; jiant, its program): cross-entropy over the C logits of what is pooled of
 * [CLS] and, beside it, the words' states, of each its first token's.  A sequence's
 * masked rows are its first, which has the label, and both words'. */
#include "src/base/die.h"
#include "src/kernels/xent.h"
#include "src/model/head.h"

enum { ROWS = 3 }; /* masked, of each sequence */

static void marked_loss(const struct pass *pass, const float *bias, float *logits,
                        float scale, struct sum *sum) {
    int64_t C = pass->model->options.shape.C;
    CHECK(pass->M == ROWS * pass->B);
    for (int64_t b = 0; b < pass->B; b++) {
        float counts = pass->counts ? pass->counts[ROWS * b] : 1;
        double loss = 0;
        xent_forward_backward(1, C, C, logits + b * C, bias, pass->labels + ROWS * b,
                              scale * counts, &loss, &sum->correct);
        sum->loss += counts * loss;
    }
    sum->count += pass->B;
}

static void marked_run(const struct pass *pass, void *own, const float *x, float scale,
                       struct sum *sum) {
    head_run(pass, own, x, scale, sum, marked_loss);
}

const struct objective marked_objective = {.rows = head_marked_rows,
                                           .last = head_marked_last,
                                           .pooled = true,
                                           .bytes = sizeof(struct head),
                                           .place = head_place_marked,
                                           .count = head_count_sequences,
                                           .mark = objective_mark_masked,
                                           .run = marked_run,
                                           .flops = head_flops_marked};
