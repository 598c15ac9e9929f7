/* SPDX-License-Identifier: Apache-2.0 */
/* The head of every task, as transformers' BertFor… have it: rows of the encoder, or of
 * the pooler, through a linear layer to C logits each.  Objectives share its tensors
 * and differ in the rows that are judged and in the loss. */
#ifndef MPIBERT_MODEL_HEAD_H
#define MPIBERT_MODEL_HEAD_H

#include "src/model/objective.h"

/* Which rows are judged, n of them. */
enum head_which {
    HEAD_POOLED, /* each span's first, by the pooler, after dropout: n = N */
    HEAD_MASKED, /* the masked ones, after dropout: n = M */
    HEAD_ALL,    /* all, without dropout: n = T */
    HEAD_MARKED, /* each sequence's first, by the pooler, and beside it the states of
                  * its two words, after dropout: n = B */
};

struct head {
    struct linear_places classifier; /* (C,width) */
    enum head_which which;
    int64_t width;  /* H; of HEAD_MARKED 3H */
    int32_t *at;    /* (n) rows of the chunk */
    int32_t *from;  /* (n) these among the chosen */
    int32_t *words; /* (n,2) likewise the words of HEAD_MARKED */
    float *rows;    /* (n,width) what is judged, after dropout; later its gradient */
    uint8_t *keep;  /* (n,width/8) */
    float *logits;  /* (n,C) and their gradient */
};

extern const struct row head_rows[], head_last[];
/* Of HEAD_MARKED, under names of their own. */
extern const struct row head_marked_rows[], head_marked_last[];

void head_place_pooled(void *own, const struct model_options *options,
                       struct carve *carve);
void head_place_masked(void *own, const struct model_options *options,
                       struct carve *carve);
void head_place_all(void *own, const struct model_options *options,
                    struct carve *carve);
void head_place_marked(void *own, const struct model_options *options,
                       struct carve *carve);

/* What objectives of pooled rows have in common; each adds .run, .count and .mark. */
#define HEAD_OF_POOLED                                                                 \
    .rows = head_rows, .last = head_last, .pooled = true,                              \
    .bytes = sizeof(struct head), .place = head_place_pooled,                          \
    .flops = head_flops_pooled

/* From logits (n,C) without bias to scale times the gradient of their losses, which are
 * added to the sum. */
typedef void head_loss(const struct pass *pass, const float *bias, float *logits,
                       float scale, struct sum *sum);
/* Cross-entropy of each row's C logits with pass->labels, as many as there are rows,
 * each as pass->counts says. */
head_loss head_xent;
/* Cross-entropy of the choice of one row out of n, by logits that lie `stride` apart
 * (what all of them have in common changes nothing). */
void head_choice(int64_t n, int64_t stride, float *logits, int64_t right, float scale,
                 struct sum *sum);
/* Team.  The run of an objective with such a loss. */
void head_run(const struct pass *pass, struct head *head, const float *x, float scale,
              struct sum *sum, head_loss *loss);
/* A loss a masked row; a loss a sequence. */
int64_t head_count_masked(const struct batch *batch);
int64_t head_count_sequences(const struct batch *batch);
double head_flops(const struct shape *shape, int64_t count);
double head_flops_pooled(const struct shape *shape, int64_t count);
double head_flops_marked(const struct shape *shape, int64_t count);

/* Team.  Logits (n,C) from the encoder's output x (R,H), of whichever such
 * objective the model has; returns n. */
int64_t head_predict(const struct pass *pass, const float *x, float *logits);

#endif
