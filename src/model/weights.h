/* SPDX-License-Identifier: Apache-2.0 */
/* A layer's weights: packed for products with rows, and their gradients, which are sums
 * over rows. */
#ifndef MPIBERT_MODEL_WEIGHTS_H
#define MPIBERT_MODEL_WEIGHTS_H

#include "src/model/state.h"

/* In the order of the block; all (out,in). */
enum layer_weight {
    WEIGHT_Q,
    WEIGHT_KV,
    WEIGHT_ATTENTION,
    WEIGHT_UP,
    WEIGHT_DOWN,
    WEIGHTS
};

struct layer_weights {
    size_t at[WEIGHTS]; /* where each begins in the block */
    int64_t out[WEIGHTS], in[WEIGHTS];
    struct gemm_packed packed[WEIGHTS];
};

/* Floats that a weight takes when it is packed for either way. */
int64_t weights_packed_floats(int64_t out, int64_t in);
/* What all layers share: a layer's packed weights; and, on the way down, the sums of
 * its blocks. */
void weights_place(struct model *model, struct carve *carve);
void weights_place_down(struct model *model, struct carve *carve);
/* Team.  Packs a layer's weights into model->panels: GEMM_T for the way up, y = x · wᵀ,
 * GEMM_N for the way down, dx = dy · w.  What was packed there before is gone. */
void weights_pack(struct layer_weights *weights, const struct pass *pass, int64_t layer,
                  enum gemm_op op);
/* Team.  The same of one weight (out,in) at element `at`, into panels of its own. */
struct gemm_packed weights_pack_one(const struct pass *pass, size_t at, int64_t out,
                                    int64_t in, enum gemm_op op, float *panels);

/* What a weight's gradient is the sum of: dyᵀ · x over rows. */
struct weight_terms {
    int64_t rows;
    struct matrix dy, x; /* (rows,out), (rows,in) */
};
/* Team.  Adds to the gradient of a weight (out,in) that begins at `at`; returns when
 * all of it is there. */
void weights_add_one(const struct pass *pass, size_t at, int64_t out, int64_t in,
                     const struct weight_terms *terms);
/* Team.  Adds to the gradients of all weights of the layer. */
void weights_add(const struct layer_weights *weights, const struct pass *pass,
                 const struct weight_terms terms[WEIGHTS]);

/* Sums down columns (of LayerNorms and biases) are made block by block and then added
 * in the order of blocks: the same bits, whichever thread took which block. */
struct branch_sums {
    float *norm_weight, *norm_bias, *bias; /* (H) each */
};

struct layer_sums {
    struct branch_sums output, attention;
    float *query;        /* (W) */
    float *intermediate; /* (F) */
    float *key_value;    /* (2W) */
    void *all;           /* these, in one piece of model->sums_bytes */
};

/* Those of a block. */
struct layer_sums weights_sums(const struct model *model, int64_t block);
/* Team.  Adds those of all blocks of T to the gradients of the layer. */
void weights_add_sums(const struct pass *pass, int64_t layer);

#endif
