/* SPDX-License-Identifier: Apache-2.0 */
/* The head of replaced token detection, for who wants its logits. */
#ifndef MPIBERT_MODEL_RTD_H
#define MPIBERT_MODEL_RTD_H

#include "src/model/state.h"

/* By one thread.  Logits (T) of the encoder's output x (T,H). */
void rtd_predict(const struct pass *pass, const float *x, float *logits);

#endif
