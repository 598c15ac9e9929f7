/* SPDX-License-Identifier: Apache-2.0 */
/* What a sequence, or a span of one, is as a whole: its first row through dense and
 * tanh.  It is a part of its own, with the places of its tensors, since any objective
 * about sequences may read it.
 *
 * A model of kind electra has no pooler in pretraining; for tasks it has what stands in
 * its place in transformers: of ElectraForSequenceClassification dropout, dense and
 * gelu (by erf), of ElectraForMultipleChoice dense and gelu. */
#ifndef MPIBERT_MODEL_POOLER_H
#define MPIBERT_MODEL_POOLER_H

#include "src/model/state.h"

extern const struct row pooler_rows[];

void pooler_place(struct pooler *pooler, const struct model_options *options,
                  struct carve *carve);
/* Team.  From rows first[count] of the encoder's output x (R,H), at most
 * max_sequences of them, to pooled (count,H). */
void pooler_forward(const struct pass *pass, const int32_t *first, int64_t count,
                    const float *x);
/* Team.  From dpooled, which is used up, to those rows of model->dout, and the
 * gradients of the tensors. */
void pooler_backward(const struct pass *pass, int64_t count);

#endif
