/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder's parts one after the other: see layout.h. */
#include "src/model/layout.h"

#include <stdio.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/model/embed.h"
#include "src/model/final.h"
#include "src/model/layer.h"
#include "src/model/project.h"

/* The model's prefix and a layer's. */
static void layer_prefix(char whole[TENSOR_NAME_SIZE], const char *prefix,
                         int64_t layer) {
    int size = snprintf(whole, TENSOR_NAME_SIZE, "%sbert.encoder.layer.%lld.", prefix,
                        (long long)layer);
    CHECK(size > 0 && size < TENSOR_NAME_SIZE);
}

void layout_add(struct params_table *table, const char *prefix, bool embeddings,
                const struct shape *shape) {
    char layer[TENSOR_NAME_SIZE];
    if (embeddings) {
        rows_add(embed_rows, prefix, shape, table);
        rows_add(embed_norm_rows(shape), prefix, shape, table);
    }
    rows_add(project_rows(shape), prefix, shape, table);
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(layer, prefix, l);
        rows_add(layer_kind(shape)->rows, layer, shape, table);
    }
    rows_add(final_rows(shape), prefix, shape, table);
}

/* Its own embeddings, or, if it has none, the first model's. */
static void find_embeddings(struct places *places, const struct params_table *table,
                            const char *prefix, const struct shape *shape) {
    const char *of = rows_any(embed_rows, prefix, table) ? prefix : "";
    size_t begin = rows_begin(embed_rows, of, table), at = begin;
    at = rows_find(embed_rows, of, shape, table, at, &places->embedding);
    at = rows_find(embed_norm_rows(shape), of, shape, table, at, &places->embedding);
    places->embeddings = (struct span){.offset = begin, .count = at - begin};
}

/* Always its own, even of others' embeddings. */
static void find_projection(struct places *places, const struct params_table *table,
                            const char *prefix, const struct shape *shape) {
    const struct row *rows = project_rows(shape);
    if (rows == NULL)
        return;
    size_t begin = rows_begin(rows, prefix, table);
    size_t end = rows_find(rows, prefix, shape, table, begin, &places->projection);
    places->projected = (struct span){.offset = begin, .count = end - begin};
}

void layout_find(struct places *places, const struct params_table *table,
                 const char *prefix, const struct shape *shape) {
    char layer[TENSOR_NAME_SIZE];
    const struct row *rows = layer_kind(shape)->rows;
    *places = (struct places){0};
    places->layers = mem_alloc((size_t)shape->L, sizeof *places->layers);
    find_embeddings(places, table, prefix, shape);
    find_projection(places, table, prefix, shape);
    layer_prefix(layer, prefix, 0);
    size_t at = rows_begin(rows, layer, table);
    places->first_layer = at;
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(layer, prefix, l);
        at = rows_find(rows, layer, shape, table, at, &places->layers[l]);
    }
    places->first_head = at;
    places->layer_size = (at - places->first_layer) / (size_t)shape->L;
    places->first_objective =
        rows_find(final_rows(shape), prefix, shape, table, at, &places->final_norm);
}

void layout_fini(struct places *places) { mem_free(places->layers); }
