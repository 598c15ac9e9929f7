/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a layout has the tensors of Hugging Face's BertForPreTraining, as many
 * elements as the published models, no gaps, biases and LayerNorm exempt from decay;
 * its places are those of the names.  A table that is not one's own is refused as the
 * bug it is. */
#include "src/model/layout.h"

#include <stdio.h>
#include <string.h>

#include "src/model/bert.h"
#include "tests/dies.h"
#include "tests/tap.h"
#include "tests/toy.h"

/* Elements: google-research/bert-uncased, counted by transformers' num_parameters(). */
static const struct {
    const char *preset;
    uint32_t set;
    int64_t tensors, elements;
} rows[] = {
    {"base", TOY_PAIRS, 5 + 16 * 12 + 9, 110106428},
    {"large", TOY_PAIRS, 5 + 16 * 24 + 9, 336226108},
    {"base", TOY_SINGLE, 5 + 16 * 12 + 5, 110106428 - 768 * 768 - 768 - 2 * 768 - 2},
    {"tiny", TOY_PAIRS, 5 + 16 * 2 + 9, 4433468},
};

static struct shape preset(const char *name) {
    const struct shape_preset *p = shape_presets;
    while (strcmp(p->name, name) != 0)
        p++;
    return (struct shape){.L = p->L,
                          .H = p->H,
                          .E = p->H,
                          .A = p->A,
                          .D = p->H / p->A,
                          .F = p->F,
                          .V = 30522,
                          .P = 512,
                          .S = 2};
}

static void test_counts(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct params_table table = {0};
        struct shape shape = preset(rows[i].preset);
        model_layout(&table, &shape, rows[i].set);
        is_int(table.count, rows[i].tensors, "%s: tensors", rows[i].preset);
        is_int((int64_t)table.total, rows[i].elements, "%s: elements", rows[i].preset);
        params_table_fini(&table);
    }
}

static size_t at(const struct params_table *table, const char *name) {
    const struct tensor *tensor = params_find(table, name);
    return tensor ? tensor->offset : (size_t)-1;
}

static void test_decay(const struct params_table *table) {
    size_t end = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        bool exempt = strstr(tensor->name, "LayerNorm") ||
                      strcmp(tensor->name + strlen(tensor->name) - 4, "bias") == 0;
        ok(tensor->decay == !exempt && tensor->offset == end, "%s: decay, no gap",
           tensor->name);
        bool hidden = tensor->rank == 2 && strstr(tensor->name, ".layer.");
        ok(tensor->hidden == hidden, "  and whether it is a hidden matrix");
        end += tensor->count;
    }
}

static void test_places(void) {
    const char *const layer = "bert.encoder.layer.1.";
    struct params_table table = {0};
    struct places places;
    struct shape shape = toy_shape();
    model_layout(&table, &shape, TOY_PAIRS);
    test_decay(&table);
    layout_find(&places, &table, "", &shape);
    size_t HH = (size_t)(shape.H * shape.H), key, value;
    char name[TENSOR_NAME_SIZE];
    snprintf(name, sizeof name, "%sattention.self.key.weight", layer);
    key = at(&table, name);
    snprintf(name, sizeof name, "%sattention.self.value.weight", layer);
    value = at(&table, name);
    is_int((int64_t)key, (int64_t)(places.layers[1].qkv.weight + HH),
           "keys follow queries");
    is_int((int64_t)value, (int64_t)(key + HH), "values follow keys");
    snprintf(name, sizeof name, "%soutput.LayerNorm.bias", layer);
    ok(places.layers[1].output_norm.bias == at(&table, name), "a layer's last");
    ok(places.first_layer + 2 * places.layer_size == places.first_head,
       "layers are equal");
    ok(places.first_head == at(&table, "bert.pooler.dense.weight"), "then the heads");
    ok(places.embeddings.offset == 0 && places.embeddings.count == places.first_layer,
       "embeddings come first");
    layout_fini(&places);
    params_table_fini(&table);
}

/* Finds places in a toy's table for another shape. */
static void find(void *context) {
    struct params_table table = {0};
    struct places places;
    struct shape toy = toy_shape();
    model_layout(&table, &toy, TOY_PAIRS);
    layout_find(&places, &table, "", context);
}

static void test_refusals(void) {
    struct shape layers = toy_shape(), wide = toy_shape(), words = toy_shape();
    layers.L++;
    wide.F++;
    words.V--;
    ok(dies(find, &layers), "another number of layers is refused");
    ok(dies(find, &wide), "another F is refused");
    ok(dies(find, &words), "another V is refused");
}

int main(void) {
    test_counts();
    test_places();
    test_refusals();
    return tap_done();
}
