/* SPDX-License-Identifier: Apache-2.0 */
/* The dense layer from the embeddings' width E to H, that of the layers, where they
 * differ. */
#ifndef MPIBERT_MODEL_PROJECT_H
#define MPIBERT_MODEL_PROJECT_H

#include "src/model/state.h"

/* Its tensors, of struct linear_places; NULL: E is H, and there is nothing to do. */
const struct row *project_rows(const struct shape *shape);
/* After the embeddings; and, for the way down, after the layers: where E is H, it takes
 * what they have. */
void project_place(struct model *model, struct carve *carve);
void project_place_down(struct model *model, struct carve *carve);
/* Team.  From model->embedded (T,E) to model->input (T,H). */
void project_forward(const struct pass *pass);
/* Team.  From model->dx (T,H), the gradient of model->input, to model->dembedded (T,E);
 * adds to the gradients of the tensors. */
void project_backward(const struct pass *pass);

#endif
