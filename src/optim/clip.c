/* SPDX-License-Identifier: Apache-2.0 */
/* Clipping by global norm: see clip.h. */
#include "src/optim/clip.h"

#include <math.h>

#include "src/kernels/vec.h"

double clip_norm(const struct params *grads) {
    return sqrt(vec_sum_squares((int64_t)grads->table->total, grads->data));
}

float clip_scale(double norm, double limit) {
    double scale = limit / (norm + 1e-6);
    return limit == 0 || scale > 1 ? 1.0f : (float)scale;
}
