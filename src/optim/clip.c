/* SPDX-License-Identifier: Apache-2.0 */
/* Clipping by global norm: see clip.h.  The norm is the caller's, who may hold only a
 * part of the gradient. */
#include "src/optim/clip.h"

float clip_scale(double norm, double limit) {
    double scale = limit / (norm + 1e-6);
    return limit == 0 || scale > 1 ? 1.0f : (float)scale;
}
