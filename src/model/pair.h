/* SPDX-License-Identifier: Apache-2.0 */
/* Two logits of every pair of texts, out of the pooler: what all objectives about pairs
 * share.  They have the same tensors, and differ in what the label says of the pair. */
#ifndef MPIBERT_MODEL_PAIR_H
#define MPIBERT_MODEL_PAIR_H

#include "src/model/objective.h"

struct pair {
    struct linear_places label; /* (2,H) */
    float *logits;              /* (B,2) and their gradient */
};

extern const struct row pair_rows[], pair_last[];

void pair_place(void *own, const struct model_options *options, struct carve *carve);
int64_t pair_count(const struct batch *batch);
void pair_run(const struct pass *pass, void *own, const float *x, float scale,
              struct sum *sum);
double pair_flops(const struct shape *shape, int64_t count);

/* An objective about pairs. */
#define PAIR_OBJECTIVE                                                                 \
    {                                                                                  \
        .rows = pair_rows, .last = pair_last, .pooled = true,                          \
        .bytes = sizeof(struct pair), .place = pair_place, .count = pair_count,        \
        .run = pair_run, .flops = pair_flops                                           \
    }

/* Team.  Logits (B,2) from the encoder's output x (R,H), of whichever
 * objective about pairs the model has. */
void pair_predict(const struct pass *pass, const float *x, float *logits);

#endif
