/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder's two lists of tensors: see layout.h. */
#include "src/model/layout.h"

#include <stdio.h>

#include "src/base/mem.h"

#define AT(part, member) offsetof(struct part##_places, member)

static const struct row embedding_rows[] = {
    {"bert.embeddings.word_embeddings.weight", "V", "H", ROW_MATRIX,
     AT(embedding, word)},
    {"bert.embeddings.position_embeddings.weight", "P", "H", ROW_MATRIX,
     AT(embedding, position)},
    {"bert.embeddings.token_type_embeddings.weight", "S", "H", ROW_MATRIX,
     AT(embedding, segment)},
    {0},
};

/* where layers normalise after their sublayers */
static const struct row embedding_norm_rows[] = {
    {"bert.embeddings.LayerNorm.weight", "H", NULL, ROW_GAIN,
     AT(embedding, norm.weight)},
    {"bert.embeddings.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(embedding, norm.bias)},
    {0},
};

/* after "bert.encoder.layer.N." */
static const struct row post_rows[] = {
    {"attention.self.query.weight", "W", "H", ROW_MATRIX, AT(layer, qkv.weight)},
    {"attention.self.key.weight", "W", "H", ROW_MATRIX, ROW_FOLLOWS},
    {"attention.self.value.weight", "W", "H", ROW_MATRIX, ROW_FOLLOWS},
    {"attention.self.query.bias", "W", NULL, ROW_BIAS, AT(layer, qkv.bias)},
    {"attention.self.key.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.self.value.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.output.dense.weight", "H", "W", ROW_MATRIX,
     AT(layer, attention_output.weight)},
    {"attention.output.dense.bias", "H", NULL, ROW_BIAS,
     AT(layer, attention_output.bias)},
    {"attention.output.LayerNorm.weight", "H", NULL, ROW_GAIN,
     AT(layer, attention_norm.weight)},
    {"attention.output.LayerNorm.bias", "H", NULL, ROW_BIAS,
     AT(layer, attention_norm.bias)},
    {"intermediate.dense.weight", "F", "H", ROW_MATRIX, AT(layer, intermediate.weight)},
    {"intermediate.dense.bias", "F", NULL, ROW_BIAS, AT(layer, intermediate.bias)},
    {"output.dense.weight", "H", "F", ROW_MATRIX, AT(layer, output.weight)},
    {"output.dense.bias", "H", NULL, ROW_BIAS, AT(layer, output.bias)},
    {"output.LayerNorm.weight", "H", NULL, ROW_GAIN, AT(layer, output_norm.weight)},
    {"output.LayerNorm.bias", "H", NULL, ROW_BIAS, AT(layer, output_norm.bias)},
    {0},
};

/* likewise */
static const struct row pre_rows[] = {
    {"attention.ln.weight", "H", NULL, ROW_GAIN, AT(layer, attention_norm.weight)},
    {"attention.ln.bias", "H", NULL, ROW_BIAS, AT(layer, attention_norm.bias)},
    {"attention.self.query.weight", "W", "H", ROW_MATRIX, AT(layer, qkv.weight)},
    {"attention.self.key.weight", "W", "H", ROW_MATRIX, ROW_FOLLOWS},
    {"attention.self.value.weight", "W", "H", ROW_MATRIX, ROW_FOLLOWS},
    {"attention.self.query.bias", "W", NULL, ROW_BIAS, AT(layer, qkv.bias)},
    {"attention.self.key.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.self.value.bias", "W", NULL, ROW_BIAS, ROW_FOLLOWS},
    {"attention.output.dense.weight", "H", "W", ROW_MATRIX,
     AT(layer, attention_output.weight)},
    {"attention.output.dense.bias", "H", NULL, ROW_BIAS,
     AT(layer, attention_output.bias)},
    {"ln.weight", "H", NULL, ROW_GAIN, AT(layer, output_norm.weight)},
    {"ln.bias", "H", NULL, ROW_BIAS, AT(layer, output_norm.bias)},
    {"intermediate.dense.weight", "F", "H", ROW_MATRIX, AT(layer, intermediate.weight)},
    {"intermediate.dense.bias", "F", NULL, ROW_BIAS, AT(layer, intermediate.bias)},
    {"output.dense.weight", "H", "F", ROW_MATRIX, AT(layer, output.weight)},
    {"output.dense.bias", "H", NULL, ROW_BIAS, AT(layer, output.bias)},
    {0},
};

static const struct row *const layer_rows[] = {
    [NORM_POST] = post_rows, [NORM_PRE] = pre_rows};

/* where layers normalise before their sublayers */
static const struct row final_norm_rows[] = {
    {"bert.encoder.ln.weight", "H", NULL, ROW_GAIN,
     offsetof(struct norm_places, weight)},
    {"bert.encoder.ln.bias", "H", NULL, ROW_BIAS, offsetof(struct norm_places, bias)},
    {0},
};

static void layer_prefix(char *prefix, size_t size, int64_t layer) {
    snprintf(prefix, size, "bert.encoder.layer.%lld.", (long long)layer);
}

void places_add(struct params_table *table, const struct shape *shape) {
    char prefix[TENSOR_NAME_SIZE];
    enum norm_place norm = model_kinds[shape->kind].norm;
    rows_add(embedding_rows, "", shape, table);
    if (norm == NORM_POST)
        rows_add(embedding_norm_rows, "", shape, table);
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        rows_add(layer_rows[norm], prefix, shape, table);
    }
    if (norm == NORM_PRE)
        rows_add(final_norm_rows, "", shape, table);
}

void places_init(struct places *places, const struct params_table *table,
                 const struct shape *shape) {
    char prefix[TENSOR_NAME_SIZE];
    enum norm_place norm = model_kinds[shape->kind].norm;
    *places = (struct places){.end = table->total};
    places->layers = mem_alloc((size_t)shape->L, sizeof *places->layers);
    size_t at = rows_find(embedding_rows, "", shape, table, 0, &places->embedding);
    if (norm == NORM_POST)
        at = rows_find(embedding_norm_rows, "", shape, table, at, &places->embedding);
    places->first_layer = at;
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        at = rows_find(layer_rows[norm], prefix, shape, table, at, &places->layers[l]);
    }
    places->first_head = at;
    places->layer_size = (at - places->first_layer) / (size_t)shape->L;
    if (norm == NORM_PRE)
        at = rows_find(final_norm_rows, "", shape, table, at, &places->final_norm);
    places->first_objective = at;
}

void places_fini(struct places *places) { mem_free(places->layers); }
