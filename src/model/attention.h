/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-head self-attention of one layer, between the products that make queries, keys
 * and values and the one after it. */
#ifndef MPIBERT_MODEL_ATTENTION_H
#define MPIBERT_MODEL_ATTENTION_H

#include "src/model/state.h"

/* What a layer keeps of it, what all layers share, and of that the way down. */
void attention_place(struct model *model, int64_t layer, struct carve *carve);
void attention_place_shared(struct model *model, struct carve *carve);
void attention_place_down(struct model *model, struct carve *carve);
/* Team.  From the layer's q (R,W) and kv (T,G) to its context (R,W). */
void attention_forward(const struct pass *pass, int64_t layer);
/* Team.  From model->dcontext (R,W) to dq (R,W) and dkv (T,G). */
void attention_backward(const struct pass *pass, int64_t layer);

#endif
