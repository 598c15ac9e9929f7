/* SPDX-License-Identifier: Apache-2.0 */
/* BERT once more, in double precision, sequence by sequence, out of the plain kernels
 * of kernels/ref.h and tensors found by name: what the model is tested against. */
#ifndef MPIBERT_TESTS_REFBERT_H
#define MPIBERT_TESTS_REFBERT_H

#include "src/core/batch.h"
#include "src/core/params.h"
#include "src/model/bert.h"

struct refbert {
    struct model_options
        options; /* of these: shape, objectives, dropout and its seed */
    const struct params_table *table;
    double scale[OBJECTIVES];
    const struct targets *targets; /* of the whole batch, for what is learnt of them */
};

/* Σ scale · losses of a whole batch.  Unless NULL,
 * adds the gradient to grads (table->total). */
double refbert_loss(const struct refbert *ref, const double *weights,
                    const struct batch *batch, double *grads);

#endif
