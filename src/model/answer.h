/* SPDX-License-Identifier: Apache-2.0 */
/* The head of every task that is answered row by row, as transformers'
 * BertFor…Classification have it: a row, the pooler's or the encoder's own, through
 * dropout and a linear layer to C logits.  Objectives share its tensors and differ in
 * the rows and in the loss. */
#ifndef MPIBERT_MODEL_ANSWER_H
#define MPIBERT_MODEL_ANSWER_H

#include "src/model/objective.h"

struct answer {
    struct linear_places classifier; /* (C,H) */
    bool pooled;   /* a question a sequence, of the pooler; else one a masked row */
    int32_t *at;   /* (M) rows of the chunk */
    int32_t *from; /* (M) these among the chosen */
    float *rows;   /* (M,H) what is judged, after dropout; later its gradient */
    uint8_t *keep; /* (M,H/8) */
    float *logits; /* (M,C) and their gradient */
};

extern const struct row answer_rows[], answer_last[];

void answer_place(void *own, const struct model_options *options, struct carve *carve);
void answer_place_pooled(void *own, const struct model_options *options,
                         struct carve *carve);
/* From logits (M,C) without bias to scale times the gradient of their losses, which are
 * added to the sum. */
typedef void answer_loss(const struct pass *pass, const float *bias, float *logits,
                         float scale, struct sum *sum);
/* Cross-entropy with pass->labels, each as pass->counts says. */
answer_loss answer_xent;
/* Team.  The run of an objective with such a loss. */
void answer_run(const struct pass *pass, struct answer *answer, const float *x,
                float scale, struct sum *sum, answer_loss *loss);
int64_t answer_count(const struct batch *batch);
double answer_flops(const struct shape *shape, int64_t count);
double answer_flops_pooled(const struct shape *shape, int64_t count);

/* By one thread.  Logits (M,C) from the encoder's output x (R,H), of whichever such
 * objective the model has. */
void answer_predict(const struct pass *pass, const float *x, float *logits);

#endif
