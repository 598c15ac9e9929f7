/* SPDX-License-Identifier: Apache-2.0 */
/* Three lists of tensors, each tensor written once: its name, its size in shape
 * letters, its first value, whether it decays, and the member that remembers its place.
 * The same lists make a table and find places in it. */
#include "src/model/layout.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/model/bert.h"

struct row {
    const char *name;
    char rows, columns; /* shape letters, '2' for itself; columns 0: a vector */
    enum first_value first;
    bool decay;
    size_t member; /* offset of a size_t in the part's places, or FOLLOWS */
    bool pairs;    /* only with NSP */
};

/* first value, decay */
#define MATRIX FIRST_NORMAL, true
#define BIAS FIRST_ZERO, false
#define GAIN FIRST_ONE, false
#define FOLLOWS ((size_t)-1) /* lies after the tensor above, which has the place */
#define AT(part, member) offsetof(struct part##_places, member)

static const struct row embedding_rows[] = {
    {"bert.embeddings.word_embeddings.weight", 'V', 'H', MATRIX, AT(embedding, word),
     false},
    {"bert.embeddings.position_embeddings.weight", 'P', 'H', MATRIX,
     AT(embedding, position), false},
    {"bert.embeddings.token_type_embeddings.weight", 'S', 'H', MATRIX,
     AT(embedding, segment), false},
    {"bert.embeddings.LayerNorm.weight", 'H', 0, GAIN, AT(embedding, norm.weight),
     false},
    {"bert.embeddings.LayerNorm.bias", 'H', 0, BIAS, AT(embedding, norm.bias), false},
    {0},
};

/* behind "bert.encoder.layer.N." */
static const struct row layer_rows[] = {
    {"attention.self.query.weight", 'H', 'H', MATRIX, AT(layer, qkv.weight), false},
    {"attention.self.key.weight", 'H', 'H', MATRIX, FOLLOWS, false},
    {"attention.self.value.weight", 'H', 'H', MATRIX, FOLLOWS, false},
    {"attention.self.query.bias", 'H', 0, BIAS, AT(layer, qkv.bias), false},
    {"attention.self.key.bias", 'H', 0, BIAS, FOLLOWS, false},
    {"attention.self.value.bias", 'H', 0, BIAS, FOLLOWS, false},
    {"attention.output.dense.weight", 'H', 'H', MATRIX,
     AT(layer, attention_output.weight), false},
    {"attention.output.dense.bias", 'H', 0, BIAS, AT(layer, attention_output.bias),
     false},
    {"attention.output.LayerNorm.weight", 'H', 0, GAIN,
     AT(layer, attention_norm.weight), false},
    {"attention.output.LayerNorm.bias", 'H', 0, BIAS, AT(layer, attention_norm.bias),
     false},
    {"intermediate.dense.weight", 'F', 'H', MATRIX, AT(layer, intermediate.weight),
     false},
    {"intermediate.dense.bias", 'F', 0, BIAS, AT(layer, intermediate.bias), false},
    {"output.dense.weight", 'H', 'F', MATRIX, AT(layer, output.weight), false},
    {"output.dense.bias", 'H', 0, BIAS, AT(layer, output.bias), false},
    {"output.LayerNorm.weight", 'H', 0, GAIN, AT(layer, output_norm.weight), false},
    {"output.LayerNorm.bias", 'H', 0, BIAS, AT(layer, output_norm.bias), false},
    {0},
};

static const struct row head_rows[] = {
    {"bert.pooler.dense.weight", 'H', 'H', MATRIX, AT(head, pooler.weight), true},
    {"bert.pooler.dense.bias", 'H', 0, BIAS, AT(head, pooler.bias), true},
    {"cls.predictions.transform.dense.weight", 'H', 'H', MATRIX,
     AT(head, transform.weight), false},
    {"cls.predictions.transform.dense.bias", 'H', 0, BIAS, AT(head, transform.bias),
     false},
    {"cls.predictions.transform.LayerNorm.weight", 'H', 0, GAIN,
     AT(head, transform_norm.weight), false},
    {"cls.predictions.transform.LayerNorm.bias", 'H', 0, BIAS,
     AT(head, transform_norm.bias), false},
    {"cls.seq_relationship.weight", '2', 'H', MATRIX, AT(head, next.weight), true},
    {"cls.predictions.bias", 'V', 0, BIAS, AT(head, decoder_bias), false},
    {"cls.seq_relationship.bias", '2', 0, BIAS, AT(head, next.bias), true},
    {0},
};

static int64_t letter(const struct shape *shape, char c) {
    switch (c) {
    case 'H': return shape->H;
    case 'F': return shape->F;
    case 'V': return shape->V;
    case 'P': return shape->P;
    case 'S': return shape->S;
    case '2': return 2;
    case 0: return 0;
    }
    die("no shape letter '%c'", c);
}

static void full_name(char name[TENSOR_NAME_SIZE], const char *prefix,
                      const char *rest) {
    int size = snprintf(name, TENSOR_NAME_SIZE, "%s%s", prefix, rest);
    CHECK(size > 0 && size < TENSOR_NAME_SIZE);
}

static void add_rows(struct params_table *table, const struct shape *shape, bool pairs,
                     const char *prefix, const struct row *row) {
    for (; row->name; row++) {
        char name[TENSOR_NAME_SIZE];
        if (row->pairs && !pairs)
            continue;
        full_name(name, prefix, row->name);
        params_table_add(table, name, letter(shape, row->rows),
                         letter(shape, row->columns), row->first, row->decay);
    }
}

static void layer_prefix(char *prefix, size_t size, int64_t layer) {
    snprintf(prefix, size, "bert.encoder.layer.%lld.", (long long)layer);
}

void model_layout(struct params_table *table, const struct shape *shape, bool pairs) {
    char prefix[TENSOR_NAME_SIZE];
    add_rows(table, shape, pairs, "", embedding_rows);
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        add_rows(table, shape, pairs, prefix, layer_rows);
    }
    add_rows(table, shape, pairs, "", head_rows);
}

/* Writes the places of one part that begins at *at, and moves *at behind it. */
static void find_rows(void *part, size_t *at, const struct params_table *table,
                      const struct shape *shape, bool pairs, const char *prefix,
                      const struct row *row) {
    for (; row->name; row++) {
        char name[TENSOR_NAME_SIZE];
        if (row->pairs && !pairs)
            continue;
        full_name(name, prefix, row->name);
        const struct tensor *tensor = params_find(table, name);
        CHECK(tensor && tensor->offset == *at);
        CHECK(tensor->shape[0] == letter(shape, row->rows));
        CHECK(tensor->rank == 1 || tensor->shape[1] == letter(shape, row->columns));
        if (row->member != FOLLOWS)
            memcpy((char *)part + row->member, at, sizeof *at);
        *at += tensor->count;
    }
}

void places_init(struct places *places, const struct params_table *table,
                 const struct shape *shape) {
    char prefix[TENSOR_NAME_SIZE];
    size_t at = 0;
    bool pairs = params_find(table, "bert.pooler.dense.weight") != NULL;
    *places = (struct places){.pairs = pairs};
    places->layers = mem_alloc((size_t)shape->L, sizeof *places->layers);
    find_rows(&places->embedding, &at, table, shape, pairs, "", embedding_rows);
    places->first_layer = at;
    for (int64_t l = 0; l < shape->L; l++) {
        layer_prefix(prefix, sizeof prefix, l);
        find_rows(&places->layers[l], &at, table, shape, pairs, prefix, layer_rows);
    }
    places->first_head = at;
    places->layer_size = (at - places->first_layer) / (size_t)shape->L;
    find_rows(&places->heads, &at, table, shape, pairs, "", head_rows);
    places->end = at;
    CHECK(places->end == table->total);
}

void places_fini(struct places *places) { mem_free(places->layers); }
