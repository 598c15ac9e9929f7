/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model's head, for who wants its logits. */
#ifndef MPIBERT_MODEL_MLM_H
#define MPIBERT_MODEL_MLM_H

#include "src/model/decode.h"
#include "src/model/state.h"

/* The head of a model that has this objective; it is a bug if it has not. */
struct decode_head mlm_head(const struct model *model);
/* Team.  Logits (M,V) of all masked rows of the encoder's output x (R,H). */
void mlm_predict(const struct pass *pass, const float *x, float *logits);

#endif
