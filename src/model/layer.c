/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of layer: see layer.h. */
#include "src/model/layer.h"

static const struct layer_kind *const layers[] = {
    [NORM_POST] = &layer_post, [NORM_PRE] = &layer_pre};

const struct layer_kind *layer_kind(const struct shape *shape) {
    return layers[model_kinds[shape->kind].norm];
}
