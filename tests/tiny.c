/* SPDX-License-Identifier: Apache-2.0 */
/* A tiny BERT: see tiny.h. */
#include "tests/tiny.h"

#include <stdio.h>

#include "src/base/die.h"

static const char tiny_vocab[] =
    "[UNK]\nthe\n##s\n[PAD]\n\"\\\n[SEP]\n[CLS]\n\xc3\xa9t\xc3\xa9\n"
    "\xe6\x9d\xb1\nunused\n[MASK]\n";

/* Sizes by their letters in shape.h; "2" is two, "" is no dimension. */
struct row {
    const char *name, *rows, *columns;
};

static const struct row embeddings[] = {{"word_embeddings.weight", "V", "E"},
                                        {"position_embeddings.weight", "P", "E"},
                                        {"token_type_embeddings.weight", "S", "E"},
                                        {NULL, NULL, NULL}};
static const struct row embeddings_norm[] = {
    {"LayerNorm.weight", "E", ""}, {"LayerNorm.bias", "E", ""}, {NULL, NULL, NULL}};
static const struct row project[] = {
    {"weight", "H", "E"}, {"bias", "H", ""}, {NULL, NULL, NULL}};
static const struct row pre_layer[] = {{"attention.ln.weight", "H", ""},
                                       {"attention.ln.bias", "H", ""},
                                       {"attention.self.query.weight", "H", "H"},
                                       {"attention.self.query.bias", "H", ""},
                                       {"attention.self.key.weight", "H", "H"},
                                       {"attention.self.key.bias", "H", ""},
                                       {"attention.self.value.weight", "H", "H"},
                                       {"attention.self.value.bias", "H", ""},
                                       {"attention.output.dense.weight", "H", "H"},
                                       {"attention.output.dense.bias", "H", ""},
                                       {"ln.weight", "H", ""},
                                       {"ln.bias", "H", ""},
                                       {"intermediate.dense.weight", "F", "H"},
                                       {"intermediate.dense.bias", "F", ""},
                                       {"output.dense.weight", "H", "F"},
                                       {"output.dense.bias", "H", ""},
                                       {NULL, NULL, NULL}};
static const struct row final_norm[] = {
    {"ln.weight", "H", ""}, {"ln.bias", "H", ""}, {NULL, NULL, NULL}};
static const struct row layer[] = {{"attention.self.query.weight", "H", "H"},
                                   {"attention.self.query.bias", "H", ""},
                                   {"attention.self.key.weight", "H", "H"},
                                   {"attention.self.key.bias", "H", ""},
                                   {"attention.self.value.weight", "H", "H"},
                                   {"attention.self.value.bias", "H", ""},
                                   {"attention.output.dense.weight", "H", "H"},
                                   {"attention.output.dense.bias", "H", ""},
                                   {"attention.output.LayerNorm.weight", "H", ""},
                                   {"attention.output.LayerNorm.bias", "H", ""},
                                   {"intermediate.dense.weight", "F", "H"},
                                   {"intermediate.dense.bias", "F", ""},
                                   {"output.dense.weight", "H", "F"},
                                   {"output.dense.bias", "H", ""},
                                   {"output.LayerNorm.weight", "H", ""},
                                   {"output.LayerNorm.bias", "H", ""},
                                   {NULL, NULL, NULL}};
static const struct row pairs_head[] = {{"bert.pooler.dense.weight", "H", "H"},
                                        {"bert.pooler.dense.bias", "H", ""},
                                        {"cls.seq_relationship.weight", "2", "H"},
                                        {"cls.seq_relationship.bias", "2", ""},
                                        {NULL, NULL, NULL}};
static const struct row mlm_head[] = {{"transform.dense.weight", "E", "H"},
                                      {"transform.dense.bias", "E", ""},
                                      {"transform.LayerNorm.weight", "E", ""},
                                      {"transform.LayerNorm.bias", "E", ""},
                                      {"bias", "V", ""},
                                      {NULL, NULL, NULL}};

static int64_t size_of(const struct shape *shape, const char *letter) {
    switch (letter[0]) {
    case 'V': return shape->V;
    case 'P': return shape->P;
    case 'S': return shape->S;
    case 'H': return shape->H;
    case 'E': return shape->E;
    case 'F': return shape->F;
    case '2': return 2;
    default: return 0;
    }
}

static void add_rows(struct params_table *table, const struct shape *shape,
                     const char *prefix, const struct row *rows) {
    struct str name = {0};
    for (const struct row *r = rows; r->name; r++) {
        str_clear(&name);
        str_printf(&name, "%s%s", prefix, r->name);
        params_table_add(table, name.data, size_of(shape, r->rows),
                         size_of(shape, r->columns), FIRST_ZERO, r->columns[0] != '\0');
    }
    str_fini(&name);
}

void tiny_table(struct params_table *table, const struct shape *shape, bool pairs) {
    *table = (struct params_table){0};
    bool pre = shape->kind == KIND_MEGATRON_BERT;
    add_rows(table, shape, "bert.embeddings.", embeddings);
    if (!pre)
        add_rows(table, shape, "bert.embeddings.", embeddings_norm);
    if (shape->E != shape->H)
        add_rows(table, shape, "bert.embeddings_project.", project);
    for (int i = 0; i < shape->L; i++) {
        char prefix[40];
        snprintf(prefix, sizeof prefix, "bert.encoder.layer.%d.", i);
        add_rows(table, shape, prefix, pre ? pre_layer : layer);
    }
    if (pre)
        add_rows(table, shape, "bert.encoder.", final_norm);
    if (pairs)
        add_rows(table, shape, "", pairs_head);
    add_rows(table, shape, "cls.predictions.", mlm_head);
}

void tiny_init(struct tiny *tiny, bool pairs) {
    tiny_init_kind(tiny, KIND_BERT, pairs);
}

void tiny_init_kind(struct tiny *tiny, enum kind_id kind, bool pairs) {
    struct err err = {0};
    *tiny = (struct tiny){0};
    config_init(&tiny->config);
    config_set(&tiny->config, "train.sequence_length", "8", "tiny", NULL);
    if (vocab_parse(&tiny->vocab, slice_of(tiny_vocab), "tiny", &err) < 0)
        die("%s", err.text);
    tiny->shape = (struct shape){.L = 2,
                                 .H = 4,
                                 .E = kind == KIND_ELECTRA ? 6 : 4,
                                 .A = 2,
                                 .D = 2,
                                 .F = 6,
                                 .V = tiny->vocab.size,
                                 .P = 8,
                                 .S = 2,
                                 .kind = kind,
                                 .norm_eps = 1e-12};
    tiny_table(&tiny->table, &tiny->shape, pairs);
    params_init(&tiny->weights, &tiny->table);
    for (size_t i = 0; i < tiny->table.total; i++)
        tiny->weights.data[i] = (float)i / 7 - 3;
}

void tiny_fini(struct tiny *tiny) {
    params_fini(&tiny->weights);
    params_table_fini(&tiny->table);
    vocab_fini(&tiny->vocab);
    config_fini(&tiny->config);
}
