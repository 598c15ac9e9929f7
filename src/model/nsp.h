/* SPDX-License-Identifier: Apache-2.0 */
/* The head of next sentence prediction, for who wants its logits. */
#ifndef MPIBERT_MODEL_NSP_H
#define MPIBERT_MODEL_NSP_H

#include "src/model/state.h"

/* By one thread.  Logits (B,2) from the first rows of the encoder's output x (R,H). */
void nsp_predict(const struct pass *pass, const float *x, float *logits);

#endif
