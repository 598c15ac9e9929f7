/* SPDX-License-Identifier: Apache-2.0 */
/* Which tensors there are, and in which order.  Each part's own are in its file:
 *
 *   embeddings   embed.c: word, position, segment, LayerNorm
 *   projection   project.c, if they have another width than the layers
 *   layer 0 …    layer_post.c, layer_pre.c: those of a kind
 *   heads        final.c: the LayerNorm after the last layer, if there is one
 *                pooler.c, if an objective reads it
 *                each objective's own (objective.h), but for
 *                those of odd length: last, as they would spoil the alignment of
 *                whatever came after them
 *
 * Backward finishes the parts from the last to the first.  Of several models in a
 * table each lies after the other, and a prefix comes before the names of all but the
 * first; embeddings may be the first one's. */
#ifndef MPIBERT_MODEL_LAYOUT_H
#define MPIBERT_MODEL_LAYOUT_H

#include "src/model/places.h"

/* Appends the encoder's tensors, a prefix before their names; embeddings are left out
 * where it shares those that have none. */
void layout_add(struct params_table *table, const char *prefix, bool embeddings,
                const struct shape *shape);
/* Finds them in a table: a tensor that is missing, misplaced or of another size is a
 * bug.  `end` is for who knows the heads. */
void layout_find(struct places *places, const struct params_table *table,
                 const char *prefix, const struct shape *shape);
void layout_fini(struct places *places);

#endif
