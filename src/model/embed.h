/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout(LayerNorm(word + position + segment)), of width E; where layers normalise
 * before their sublayers, without LayerNorm. */
#ifndef MPIBERT_MODEL_EMBED_H
#define MPIBERT_MODEL_EMBED_H

#include "src/model/state.h"

/* Its tensors; those of its LayerNorm, or NULL. */
extern const struct row embed_rows[];
const struct row *embed_norm_rows(const struct shape *shape);

void embed_place(struct model *model, struct carve *carve);
/* For the way down. */
void embed_place_down(struct model *model, struct carve *carve);
/* Team.  Writes model->embedded (T,E). */
void embed_forward(const struct pass *pass);
/* Team.  From model->dembedded (T,E), which is overwritten. */
void embed_backward(const struct pass *pass);

#endif
