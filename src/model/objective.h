/* SPDX-License-Identifier: Apache-2.0 */
/* What the model is trained to do: each objective reads the rows of the encoder's
 * output that it is about, adds to its sum, and (if it has a scale) to model->dout and
 * the gradients of its head.  One is a file here, <name>_objective, and a row of
 * core/objectives.def. */
#ifndef MPIBERT_MODEL_OBJECTIVE_H
#define MPIBERT_MODEL_OBJECTIVE_H

#include "src/model/state.h"

struct objective {
    /* Its memory. */
    void (*place)(struct model *model, struct carve *carve);
    /* How many losses a batch has of it. */
    int64_t (*count)(const struct batch *batch);
    /* Team.  x (R,H); the scale of its gradients is pass->scale[…]. */
    void (*run)(const struct pass *pass, const float *x, struct sum *sum);
};

#define OBJECTIVE(ID, name, what, unit) extern const struct objective name##_objective;
#include "src/core/objectives.def"
#undef OBJECTIVE

extern const struct objective *const objectives[OBJECTIVES];

#endif
