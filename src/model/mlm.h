/* SPDX-License-Identifier: Apache-2.0 */
/* The masked language model's head, for who wants its logits. */
#ifndef MPIBERT_MODEL_MLM_H
#define MPIBERT_MODEL_MLM_H

#include "src/model/state.h"

/* By one thread.  Logits (M,V) of all masked rows of the encoder's output x (R,H). */
void mlm_predict(const struct pass *pass, const float *x, float *logits);

#endif
