/* SPDX-License-Identifier: Apache-2.0 */
/* Clipping by global norm (Pascanu, Mikolov, Bengio 2013). */
#ifndef MPIBERT_OPTIM_CLIP_H
#define MPIBERT_OPTIM_CLIP_H

/* What to multiply gradients of a norm by: min(1, limit / (norm + 1e-6)) as torch's
 * clip_grad_norm_; 1 when limit is 0. */
float clip_scale(double norm, double limit);

#endif
