/* SPDX-License-Identifier: Apache-2.0 */
/* How both sublayers end: LayerNorm(residual + dropout(branch + bias)). */
#ifndef MPIBERT_MODEL_RESIDUAL_H
#define MPIBERT_MODEL_RESIDUAL_H

#include "src/model/state.h"

/* On entry norm->xhat holds the branch (T,H), without its bias; out (T,H) may not be
 * it. */
void residual_forward(const struct pass *pass, uint32_t site, const float *bias,
                      const struct norm_places *places, const struct norm_state *norm,
                      const float *residual, float *out);
/* On entry model->dx (T,H) is the gradient of out; on exit that of the residual, and
 * model->dbranch (T,H) that of the branch.  Adds to the gradients of bias and
 * LayerNorm. */
void residual_backward(const struct pass *pass, size_t bias,
                       const struct norm_places *places, const struct norm_state *norm);

#endif
