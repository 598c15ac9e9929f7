/* SPDX-License-Identifier: Apache-2.0 */
/* Multi-head self-attention of one layer, between the products that make queries, keys
 * and values and the one behind it. */
#ifndef MPIBERT_MODEL_ATTENTION_H
#define MPIBERT_MODEL_ATTENTION_H

#include "src/model/state.h"

/* Floats that a thread needs beside, for spans of at most `longest`. */
int64_t attention_floats(const struct shape *shape, int64_t longest);
/* Team.  From the layer's q (R,H) and kv (T,G) to its context (R,H). */
void attention_forward(const struct pass *pass, int64_t layer);
/* Team.  From model->dcontext (R,H) to dq (R,H) and dkv (T,G). */
void attention_backward(const struct pass *pass, int64_t layer);

#endif
