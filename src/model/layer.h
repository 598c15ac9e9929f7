/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of the encoder: attention, then feed-forward, each a branch that is added
 * to the stream.  Where the stream is normalised makes a kind of layer: a file here,
 * which puts together what level.h has for all, and a row of the table in layer.c. */
#ifndef MPIBERT_MODEL_LAYER_H
#define MPIBERT_MODEL_LAYER_H

#include "src/model/state.h"

struct layer_kind {
    const struct row *rows; /* of struct layer_places */
    /* What each layer keeps, what all share on either way, and on the way down. */
    void (*place)(struct model *model, int64_t layer, struct carve *carve);
    void (*place_shared)(struct model *model, struct carve *carve);
    void (*place_down)(struct model *model, struct carve *carve);
    /* Team.  From x (T,H) to the layer's out (R,H). */
    void (*forward)(const struct pass *pass, int64_t layer, const struct stream *x);
    /* Team.  From dout (R,H), the gradient of out, which is used up, to model->dx
     * (T,H), that of x; they may be the same.  Adds to the gradients of the layer's
     * tensors. */
    void (*backward)(const struct pass *pass, int64_t layer, const struct stream *x,
                     float *dout);
};

extern const struct layer_kind layer_post, layer_pre;

/* The kind of a shape's layers. */
const struct layer_kind *layer_kind(const struct shape *shape);

#endif
