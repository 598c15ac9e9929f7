/* SPDX-License-Identifier: Apache-2.0 */
/* Which tensors there are, in which order, and where those of the encoder begin in the
 * block.
 *
 *   embeddings   word (V,H)  position (P,H)  segment (S,H)  LayerNorm
 *   layer 0 …    query, key, value: weights as one (3H,H), biases as one (3H)
 *                output (H,H)  LayerNorm
 *                intermediate (F,H)  output (H,F)  LayerNorm
 *   heads        pooler (H,H), if an objective reads it
 *                each objective's own (objective.h), but for
 *                those of odd length: last, as they would spoil the alignment of
 *                whatever came after them
 *
 * Backward finishes the three parts from the last to the first. */
#ifndef MPIBERT_MODEL_LAYOUT_H
#define MPIBERT_MODEL_LAYOUT_H

#include <stddef.h>

#include "src/model/rows.h"

struct embedding_places {
    size_t word, position, segment; /* (V,H) (P,H) (S,H) */
    struct norm_places norm;
};

struct layer_places {
    struct linear_places qkv;              /* (3H,H) */
    struct linear_places attention_output; /* (H,H) */
    struct norm_places attention_norm;
    struct linear_places intermediate; /* (F,H) */
    struct linear_places output;       /* (H,F) */
    struct norm_places output_norm;
};

struct places {
    struct embedding_places embedding;
    struct layer_places *layers;   /* (L) owned */
    struct norm_places final_norm; /* of NORM_PRE; the first of the heads */
    /* Where the three parts begin, the heads of objectives, and the block's end. */
    size_t first_layer, first_head, first_objective, end;
    size_t layer_size; /* elements of one layer */
};

/* Appends the encoder's tensors. */
void places_add(struct params_table *table, const struct shape *shape);
/* Finds them in a table that begins with them: a tensor that is missing, misplaced
 * or of another size is a bug.  `end` is for who knows the heads. */
void places_init(struct places *places, const struct params_table *table,
                 const struct shape *shape);
void places_fini(struct places *places);

#endif
