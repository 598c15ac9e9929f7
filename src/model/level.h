/* SPDX-License-Identifier: Apache-2.0 */
/* A layer on its way through a pass, and what all kinds of layer do alike: the
 * products, attention, and the gradients of their weights.  What is between them, where
 * the stream is normalised, is each kind's own (layer.h).
 *
 * Work on rows is done by blocks: what a function does with one block, any thread may
 * do beside others.  A branch is what a sublayer adds to the stream. */
#ifndef MPIBERT_MODEL_LEVEL_H
#define MPIBERT_MODEL_LEVEL_H

#include "src/model/state.h"
#include "src/model/weights.h"

struct level {
    const struct pass *pass;
    const struct model *model;
    const struct layer_places *at;
    const struct layer_state *state;
    struct layer_weights weights;
    int64_t layer, T, R, H, W, F;
    const int32_t *rows; /* (R) the rows it computes; NULL: all */
};

/* What each layer keeps for it, where products read the stream as numbers of a kind;
 * what all layers share, and of that the way down. */
void level_place(struct model *model, int64_t layer, enum number read,
                 struct carve *carve);
void level_place_shared(struct model *model, struct carve *carve);
void level_place_down(struct model *model, struct carve *carve);

/* Team.  Begins a layer on its way up (GEMM_T) or down (GEMM_N): packs its weights. */
struct level level_begin(const struct pass *pass, int64_t layer, enum gemm_op op);

/* Team.  Queries, keys and values of `in` (T,H), and of these the context. */
void level_attend(const struct level *v, const struct stream *in);
/* What queries are made of (R,H), where the layer projects `in`. */
struct stream level_chosen(const struct level *v, const struct stream *in);
/* A block's products, without the last bias: from the context to out (block,H) … */
void level_attention_output(const struct level *v, struct block b, float *out);
/* … and from in (R,H) through the feed-forward layer to out (block,H). */
void level_feed_forward(const struct level *v, struct block b, struct matrix in,
                        float *out);
/* Where floats of a block, of H columns at most, are made that become `to`: there, or,
 * if that is rounded, in the calling thread's room. */
float *level_room(const struct level *v, struct matrix to);

/* Block i on its way down comes first here: its sums begin from nothing. */
struct layer_sums level_sums(const struct level *v, int64_t i);
/* From the gradient d of the stream (R,H) to that of a branch (R,H), before its dropout
 * and bias, whose columns are summed. */
void level_branch_back(const struct level *v, struct block b,
                       const struct norm_state *norm, const float *d,
                       struct matrix dbranch, float *bias_sums);
/* From ddown to the gradient of the feed-forward layer's input, written or added. */
void level_feed_forward_back(const struct level *v, struct block b, float *sums,
                             bool add, float *din);
/* From dattention to dcontext. */
void level_attention_output_back(const struct level *v, struct block b);
/* Team.  From dcontext to the gradient of what was projected: through queries written
 * or added to `some` (R,H), through keys and values to `all` (T,H).  In the end all of
 * it is in `all`; the two are the same exactly where the layer computes all rows. */
void level_attend_back(const struct level *v, float *some, bool add, float *all);
/* Team.  Ends a layer on its way down: adds to the gradients of its tensors, of which
 * `in` (T,H) was projected and up_in (R,H) fed forward. */
void level_end(const struct level *v, const struct stream *in, struct matrix up_in);

#endif
