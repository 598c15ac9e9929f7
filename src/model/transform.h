/* SPDX-License-Identifier: Apache-2.0 */
/* Dense, gelu and LayerNorm: what a head does to rows before it decodes them. */
#ifndef MPIBERT_MODEL_TRANSFORM_H
#define MPIBERT_MODEL_TRANSFORM_H

#include "src/model/state.h"

/* Its tensors: names after a prefix, sizes as in rows.h, in the struct's member. */
#define TRANSFORM_ROWS(prefix, out, in, type, member)                                  \
    {prefix ".dense.weight", out, in, ROW_MATRIX,                                      \
     offsetof(struct type, member.dense.weight)},                                      \
        {prefix ".dense.bias", out, NULL, ROW_BIAS,                                    \
         offsetof(struct type, member.dense.bias)},                                    \
        {prefix ".LayerNorm.weight", out, NULL, ROW_GAIN,                              \
         offsetof(struct type, member.norm.weight)},                                   \
    {                                                                                  \
        prefix ".LayerNorm.bias", out, NULL, ROW_BIAS,                                 \
            offsetof(struct type, member.norm.bias)                                    \
    }

/* Takes the memory for so many rows at most. */
void transform_place(struct transform *transform, struct carve *carve, int64_t rows,
                     int64_t in, int64_t out);
/* Team.  From x (n,in) to y (n,out). */
void transform_forward(const struct pass *pass, const struct transform *transform,
                       int64_t n, const float *x);
/* Team.  After transform_forward of the same x, from the gradient d (n,out) of y, which
 * is used up: adds to the gradients of its tensors; x becomes its own gradient. */
void transform_backward(const struct pass *pass, const struct transform *transform,
                        int64_t n, float *x, float *d);

#endif
