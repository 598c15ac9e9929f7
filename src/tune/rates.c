/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of tensors: see rates.h.  A tensor's depth is told by its name: 0 for the
 * embeddings, 1 + l for layer l, n + 2 for what comes after them. */
#include "src/tune/rates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int64_t depth_of(const struct tensor *t, int64_t layers) {
    const char *layer = strstr(t->name, ".layer.");
    int l;
    if (strstr(t->name, ".embeddings") != NULL)
        return 0;
    if (layer && sscanf(layer, ".layer.%d.", &l) == 1)
        return l + 1;
    /* the LayerNorm after the layers, of models that have one */
    return strstr(t->name, ".encoder.") ? layers : layers + 2;
}

static bool is_frozen(const struct config *c, int64_t depth, int64_t layers) {
    if (depth == 0)
        return c->finetune_freeze_embeddings == 1;
    return depth <= layers && depth <= c->finetune_freeze_layers;
}

void rates_set(struct params_table *table, const struct config *c, int64_t layers) {
    if (c->train_decay_all == 1)
        params_decay_all(table);
    for (int i = 0; i < table->count; i++) {
        struct tensor *t = &table->tensors[i];
        int64_t depth = depth_of(t, layers);
        double rate = pow(c->finetune_layer_decay, (double)(layers + 2 - depth));
        t->rate = is_frozen(c, depth, layers) ? 0 : (float)rate;
    }
}
