/* SPDX-License-Identifier: Apache-2.0 */
/* Which tensors there are, in which order, and where each begins in the block.
 *
 *   embeddings   word (V,H)  position (P,H)  segment (S,H)  LayerNorm
 *   layer 0 …    query, key, value: weights as one (3H,H), biases as one (3H)
 *                output (H,H)  LayerNorm
 *                intermediate (F,H)  output (H,F)  LayerNorm
 *   heads        pooler (H,H)
 *                MLM's transform (H,H)  LayerNorm
 *                NSP's weight (2,H)
 *                MLM's bias (V)  NSP's bias (2): last, as their odd lengths would spoil
 *                the alignment of whatever came after them
 *
 * The decoder is the word embedding.  Backward finishes the three parts from the last
 * to the first.  A place is an offset in elements, good for weights and gradients
 * alike. */
#ifndef MPIBERT_MODEL_LAYOUT_H
#define MPIBERT_MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "src/core/params.h"
#include "src/core/shape.h"

struct norm_places {
    size_t weight, bias; /* (H) (H) */
};

struct linear_places {
    size_t weight, bias; /* (out, in) (out) */
};

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

struct head_places {
    struct linear_places pooler;    /* (H,H); with pairs only */
    struct linear_places transform; /* (H,H) */
    struct norm_places transform_norm;
    struct linear_places next; /* (2,H); with pairs only */
    size_t decoder_bias;       /* (V) */
};

struct places {
    bool pairs; /* the table has pooler and NSP */
    struct embedding_places embedding;
    struct layer_places *layers; /* (L) owned */
    struct head_places heads;
    size_t first_layer, first_head,
        end;           /* where the three parts begin, and the block's end */
    size_t layer_size; /* elements of one layer */
};

/* Finds the places of a table that model_layout made, or one equal to it: a tensor that
 * is missing, misplaced or of another size is a bug. */
void places_init(struct places *places, const struct params_table *table,
                 const struct shape *shape);
void places_fini(struct places *places);

#endif
