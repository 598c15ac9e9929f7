/* SPDX-License-Identifier: Apache-2.0 */
/* Any number of labels of each sequence, as BertForSequenceClassification has them for
 * multi_label_classification: of each of the C logits of its pooled first row the
 * binary cross-entropy with whether the sequence has the label.  Its masked rows name
 * the labels that it has, ascending; a sequence without any has none.  A sequence's
 * loss is the mean over labels. */
#include "src/model/head.h"

#include <math.h>

/* Of one sequence: its logits (C), and those of its labels from *m on. */
static void judge(const struct pass *pass, int64_t b, int64_t *m, const float *bias,
                  float *logits, float scale, struct sum *sum) {
    int64_t C = pass->model->options.shape.C;
    int32_t end = pass->row + pass->starts[b + 1];
    double loss = 0;
    bool all_right = true;
    for (int64_t c = 0; c < C; c++) {
        double z = (double)logits[c] + bias[c];
        bool has = *m < pass->M && pass->masked[*m] < end && pass->labels[*m] == c;
        loss += fmax(z, 0) - (has ? z : 0) + log1p(exp(-fabs(z)));
        all_right = all_right && has == (z > 0);
        logits[c] = (float)((1 / (1 + exp(-z)) - has) / (double)C) * scale;
        *m += has;
    }
    sum->loss += loss / (double)C;
    sum->correct += all_right;
}

static void multilabel_loss(const struct pass *pass, const float *bias, float *logits,
                            float scale, struct sum *sum) {
    int64_t m = 0;
    for (int64_t b = 0; b < pass->B; b++)
        judge(pass, b, &m, bias, logits + b * pass->model->options.shape.C, scale, sum);
    sum->count += pass->B;
}

static void multilabel_run(const struct pass *pass, void *own, const float *x,
                           float scale, struct sum *sum) {
    head_run(pass, own, x, scale, sum, multilabel_loss);
}

const struct objective multilabel_objective = {
    HEAD_OF_POOLED, .count = head_count_sequences, .run = multilabel_run};
