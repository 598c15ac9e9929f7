/* SPDX-License-Identifier: Apache-2.0 */
/* Clipping by global norm (Pascanu, Mikolov, Bengio 2013). */
#ifndef MPIBERT_OPTIM_CLIP_H
#define MPIBERT_OPTIM_CLIP_H

#include "src/core/params.h"

/* The 2-norm of the whole block, in double; the same bits for any number of threads. */
double clip_norm(const struct params *grads);
/* What to multiply gradients by: min(1, limit / (norm + 1e-6)) as torch's clip_grad_norm_;
 * 1 when limit is 0. */
float clip_scale(double norm, double limit);

#endif
