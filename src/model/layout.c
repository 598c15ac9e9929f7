/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder's parts one after the other: see layout.h. */
#include "src/model/layout.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "src/model/embed.h"
#include "src/model/final.h"
#include "src/model/layer.h"

static void layer_prefix(char *prefix, size_t size, int64_t layer) {
    snprintf(prefix, size, "bert.encoder.layer.%lld.", (long long)layer);
}

void layout_add(struct params_table *table, const struct shape *shape) {
    char prefix[TENSOR_NAME_SIZE];
    rows_add(embed_rows, "", shape, table);
    rows_add(embed_norm_rows(shape), "", shape, table);
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        rows_add(layer_kind(shape)->rows, prefix, shape, table);
    }
    rows_add(final_rows(shape), "", shape, table);
}

void layout_find(struct places *places, const struct params_table *table,
                 const struct shape *shape) {
    char prefix[TENSOR_NAME_SIZE];
    const struct row *norm = embed_norm_rows(shape), *last = final_rows(shape);
    *places = (struct places){.end = table->total};
    places->layers = mem_alloc((size_t)shape->L, sizeof *places->layers);
    size_t at = rows_find(embed_rows, "", shape, table, 0, &places->embedding);
    at = rows_find(norm, "", shape, table, at, &places->embedding);
    places->first_layer = at;
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        at = rows_find(layer_kind(shape)->rows, prefix, shape, table, at,
                       &places->layers[l]);
    }
    places->first_head = at;
    places->layer_size = (at - places->first_layer) / (size_t)shape->L;
    places->first_objective =
        rows_find(last, "", shape, table, at, &places->final_norm);
}

void layout_fini(struct places *places) { mem_free(places->layers); }
