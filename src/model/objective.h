/* SPDX-License-Identifier: Apache-2.0 */
/* What the model is trained to do: each objective reads the encoder's output, adds to
 * the sums, and (if there are gradients) to model->dout and the gradients of its head.
 */
#ifndef MPIBERT_MODEL_OBJECTIVE_H
#define MPIBERT_MODEL_OBJECTIVE_H

#include "src/model/state.h"

struct objective {
    const char *name;
    void (*run)(const struct pass *pass, const float *x); /* Team; x (R,H) */
};

/* Ends with a NULL name. */
extern const struct objective objectives[];

#endif
