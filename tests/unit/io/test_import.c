/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a folder that we exported comes back as the same weights, flags and
 * vocabulary, and exported again as the same bytes; the dialects of older programs mean
 * the same; one change to one file, of a kind that would make another model or other
 * ids of it, is refused with the file's name and the reason. */
#include "io/convert/huggingface.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/convert/names.h"
#include "io/convert/weights.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"
#include "tests/edit.h"
#include "tests/tap.h"
#include "tests/tiny.h"

static char dir[128]; /* a fresh exported folder */
static char again[128];

static void path_of(char path[256], const char *name) {
    snprintf(path, 256, "%s/%s", dir, name);
}

static void write_text(const char *name, const char *text, size_t size) {
    char path[256];
    path_of(path, name);
    if (file_write_atomic(path, text, size, NULL) < 0)
        ok(false, "cannot write %s", path);
}

static void remove_file(const char *name) {
    char path[256];
    path_of(path, name);
    unlink(path);
}

static void export_to(const struct tiny *tiny, enum export_layout layout,
                      const char *to) {
    struct export_source source = {.config = &tiny->config,
                                   .shape = &tiny->shape,
                                   .vocab = &tiny->vocab,
                                   .weights = &tiny->weights,
                                   .step = 7,
                                   .tokens = 1000,
                                   .state_hash = "abc"};
    struct export_plan plan = {0};
    struct err err = {0};
    if (huggingface_format.plan(&source, layout, &plan, &err) < 0 ||
        huggingface_format.write(&source, &plan, to, &err) < 0)
        ok(false, "export: %s", err.text);
    export_plan_fini(&plan);
}

static void edit(const char *name, const char *old, const char *new, size_t more) {
    char path[256];
    path_of(path, name);
    edit_file(path, old, new, more);
}

/* What import makes of `dir`. */
struct imported {
    struct tiny tiny;
    struct import_header header;
    struct str missing, unused;
    struct err err;
    int rc;
};

static void import(struct imported *got) {
    *got = (struct imported){0};
    struct tiny *tiny = &got->tiny;
    config_init(&tiny->config);
    got->rc = huggingface_read_header(dir, &tiny->config, &got->header, &got->err);
    if (got->rc < 0)
        return;
    const struct config *c = &tiny->config;
    got->rc =
        vocab_parse(&tiny->vocab, str_slice(&got->header.vocab), "header", &got->err);
    tiny->shape = (struct shape){.L = c->model_layers,
                                 .H = c->model_hidden,
                                 .E = c->model_hidden,
                                 .A = c->model_heads,
                                 .D = c->model_hidden / c->model_heads,
                                 .F = c->model_ffn,
                                 .V = tiny->vocab.size,
                                 .P = c->model_max_positions,
                                 .S = 2,
                                 .norm_eps = c->model_norm_eps};
    tiny->shape.gelu = strcmp(c->model_activation, "gelu") ? GELU_TANH : GELU_ERF;
    tiny_table(&tiny->table, &tiny->shape,
               params_find(&got->header.tensors, NAMES_POOLER) ||
                   params_find(&got->header.tensors, NAMES_NSP));
    params_init(&tiny->weights, &tiny->table);
    if (got->rc == 0)
        got->rc = weights_read(dir, &got->header, &tiny->weights, &got->missing,
                               &got->unused, &got->err);
}

static void imported_fini(struct imported *got) {
    tiny_fini(&got->tiny);
    import_header_fini(&got->header);
    str_fini(&got->missing);
    str_fini(&got->unused);
}

/* The same values in every tensor that both have; how many those are. */
static int same_tensors(const struct tiny *a, const struct tiny *b) {
    int same = 0;
    for (int i = 0; i < a->table.count; i++) {
        const struct tensor *left = &a->table.tensors[i];
        const struct tensor *right = params_find(&b->table, left->name);
        same += right && memcmp(a->weights.data + left->offset,
                                b->weights.data + right->offset, left->count * 4) == 0;
    }
    return same;
}

static bool same_file(const char *name) {
    char a[256], b[256];
    struct str left = {0}, right = {0};
    snprintf(a, sizeof a, "%s/%s", dir, name);
    snprintf(b, sizeof b, "%s/%s", again, name);
    file_read(a, 1 << 20, &left, NULL);
    file_read(b, 1 << 20, &right, NULL);
    bool same = left.size > 0 && slice_equal(str_slice(&left), str_slice(&right));
    str_fini(&left);
    str_fini(&right);
    return same;
}

static const char *text_of(const struct str *text) {
    return text->data ? text->data : "";
}

static void test_round_trip(void) {
    static const struct {
        enum export_layout layout;
        bool pairs;
        const char *lowercase, *strip;
        int same;            /* tensors that come back */
        const char *missing; /* the first that does not */
    } rows[] = {
        {EXPORT_PRETRAINING, true, "true", "null", 46, ""},
        {EXPORT_MLM, true, "false", "null", 42, ""},
        {EXPORT_MLM, false, "true", "false", 42, ""},
        {EXPORT_ENCODER, true, "false", "true", 39, "cls.seq_relationship.weight\n"},
        {EXPORT_ENCODER, false, "true", "null", 37, "cls.predictions.transform"},
    };
    static const char *const files[] = {
        "model.safetensors", "config.json",           "vocab.txt",
        "tokenizer.json",    "tokenizer_config.json", "special_tokens_map.json"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tiny tiny;
        struct imported got;
        tiny_init(&tiny, rows[i].pairs);
        config_set(&tiny.config, "data.lowercase", rows[i].lowercase, "test", NULL);
        config_set(&tiny.config, "data.strip_accents", rows[i].strip, "test", NULL);
        config_set(&tiny.config, "model.hidden_dropout", "0.25", "test", NULL);
        tiny.shape.gelu = i % 2 ? GELU_TANH : GELU_ERF;
        export_to(&tiny, rows[i].layout, dir);
        import(&got);
        ok(got.rc == 0, "imports layout %d %s", rows[i].layout, got.err.text);
        is_int(same_tensors(&tiny, &got.tiny), rows[i].same, "the tensors come back");
        ok(strncmp(text_of(&got.missing), rows[i].missing, strlen(rows[i].missing)) ==
                   0 &&
               got.unused.size == 0,
           "what is missing is named, nothing is left over");
        ok(strcmp(got.tiny.config.data_packing, tiny.config.data_packing) == 0,
           "data.packing is as it was");
        export_to(&got.tiny, rows[i].layout, again);
        for (size_t k = 0; k < sizeof files / sizeof *files; k++)
            ok(same_file(files[k]), "%s: the same bytes again", files[k]);
        imported_fini(&got);
        tiny_fini(&tiny);
    }
}

/* ---- dialects ---- */

static void check_same(const struct tiny *tiny, int same, const char *what) {
    struct imported got;
    import(&got);
    ok(got.rc == 0 && same_tensors(tiny, &got.tiny) == same && got.unused.size == 0,
       "%s %s", what, got.err.text);
    imported_fini(&got);
}

/* The tiny model's tensors, and room for two more. */
static struct safetensors_item *list_items(const struct tiny *tiny) {
    struct safetensors_item *items =
        mem_alloc((size_t)tiny->table.count + 2, sizeof *items);
    for (int i = 0; i < tiny->table.count; i++) {
        const struct tensor *t = &tiny->table.tensors[i];
        items[i] = (struct safetensors_item){t->name, t->rank, t->shape,
                                             tiny->weights.data + t->offset, t->count};
    }
    return items;
}

static void write_items(struct safetensors_item *items, int count) {
    char path[256];
    path_of(path, "model.safetensors");
    if (safetensors_write(path, items, count, NULL) < 0)
        ok(false, "cannot write %s", path);
}

static void test_dialects(void) {
    static const struct {
        const char *old, *new, *what;
        size_t more;
    } rows[] = {
        {"LayerNorm.weight", "LayerNorm.gamma", "gamma", 0},
        {"LayerNorm.bias", "LayerNorm.beta", "beta", 0},
        {"\"bert.", "\"", "no prefix", 0},
        {"\"cls.", "\"bert.cls.", "prefix before the heads", 0},
        {".dense.", ".dense_act.", "dense_act", 0},
        {"\"__metadata__\":{\"format\":\"pt\"},", "", "no metadata", 0},
        {"cls.predictions.bias", "cls.predictions.decoder.bias",
         "the decoder's bias alone", 0},
        {"\"__metadata__\":{\"format\":\"pt\"}",
         "\"bert.embeddings.position_ids\":{\"dtype\":\"I64\",\"shape\":[1,8],"
         "\"data_offsets\":[1876,1940]}",
         "position_ids", 64},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    is_int((int64_t)tiny.table.total * 4, 1876, "where the data ends");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        edit("model.safetensors", rows[i].old, rows[i].new, rows[i].more);
        check_same(&tiny, tiny.table.count, rows[i].what);
    }
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    edit("model.safetensors", "pooler.dense.", "classifier.", 0);
    struct imported got;
    import(&got);
    ok(got.rc == 0, "a tensor nobody knows is no error");
    is_str(text_of(&got.unused), "bert.classifier.bias\nbert.classifier.weight\n",
           "but is named");
    is_str(text_of(&got.missing), "bert.pooler.dense.weight\nbert.pooler.dense.bias\n",
           "as is what it replaced");
    imported_fini(&got);
    tiny_fini(&tiny);
}

static void test_decoder(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    const int64_t shape[] = {tiny.shape.V, tiny.shape.H};
    size_t count = (size_t)(shape[0] * shape[1]);
    float *decoder = mem_copy(tiny.weights.data, count * sizeof *decoder);
    const struct tensor *bias = params_find(&tiny.table, "cls.predictions.bias");
    for (int differs = 0; differs < 2; differs++) {
        struct safetensors_item *items = list_items(&tiny);
        int n = tiny.table.count;
        decoder[count - 1] += (float)differs;
        items[n] = (struct safetensors_item){"cls.predictions.decoder.weight", 2, shape,
                                             decoder, count};
        items[n + 1] =
            (struct safetensors_item){"cls.predictions.decoder.bias", 1, shape,
                                      tiny.weights.data + bias->offset, 11};
        write_items(items, n + 2);
        mem_free(items);
        if (!differs)
            check_same(&tiny, n, "a decoder that repeats the word embedding");
    }
    struct imported got;
    import(&got);
    ok(got.rc < 0 && got.err.code == ERR_DATA && strstr(got.err.text, "untied"),
       "one that differs in its last number is refused: %s", got.err.text);
    imported_fini(&got);
    mem_free(decoder);
    tiny_fini(&tiny);
}

/* Five rows more than the vocabulary, in the embedding and the bias. */
static void test_padding(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    const int64_t words[] = {16, 4};
    float more[64] = {0}, bias[16] = {0};
    struct safetensors_item *items = list_items(&tiny);
    for (int i = 0; i < tiny.table.count; i++) {
        bool is_bias = strcmp(items[i].name, "cls.predictions.bias") == 0;
        if (!is_bias &&
            strcmp(items[i].name, "bert.embeddings.word_embeddings.weight") != 0)
            continue;
        float *to = is_bias ? bias : more;
        memcpy(to, items[i].data, items[i].count * sizeof *to);
        items[i].data = to;
        items[i].shape = words;
        items[i].count = is_bias ? 16 : 64;
    }
    write_items(items, tiny.table.count);
    edit("config.json", "\"vocab_size\": 11", "\"vocab_size\": 16", 0);
    check_same(&tiny, tiny.table.count, "padded rows are left out");
    struct imported got;
    import(&got);
    is_int(got.header.vocab_rows, 16, "and counted in the header");
    imported_fini(&got);
    mem_free(items);
    tiny_fini(&tiny);
}

/* The upper half of a float is a bfloat16. */
static void test_bf16(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    struct str head = {0}, data = {0}, out = {0};
    str_printf(&head, "{");
    for (int i = 0; i < tiny.table.count; i++) {
        const struct tensor *t = &tiny.table.tensors[i];
        str_printf(&head, "%s\"%s\":{\"dtype\":\"BF16\",\"shape\":[%d", i ? "," : "",
                   t->name, (int)t->shape[0]);
        if (t->rank == 2)
            str_printf(&head, ",%d", (int)t->shape[1]);
        str_printf(&head, "],\"data_offsets\":[%zu,%zu]}", data.size,
                   data.size + 2 * t->count);
        for (size_t k = 0; k < t->count; k++) {
            uint32_t bits;
            memcpy(&bits, &tiny.weights.data[t->offset + k], sizeof bits);
            str_append(&data, (char *)&bits + 2, 2);
            bits &= 0xffff0000u; /* what must come back */
            memcpy(&tiny.weights.data[t->offset + k], &bits, sizeof bits);
        }
    }
    str_printf(&head, "}");
    uint64_t n = head.size;
    str_append(&out, &n, sizeof n);
    str_append(&out, head.data, head.size);
    str_append(&out, data.data, data.size);
    write_text("model.safetensors", out.data, out.size);
    check_same(&tiny, tiny.table.count, "BF16 is widened");
    str_fini(&head);
    str_fini(&data);
    str_fini(&out);
    tiny_fini(&tiny);
}

/* ---- tokenizer files ---- */

static void test_flags(void) {
    static const struct {
        const char *file, *old, *new; /* a second change after removing `remove` */
        const char *remove;
        int lowercase, chinese, strip;
    } rows[] = {
        {"config.json", "bert", "bert", NULL, 1, 1, -1},
        {"config.json", "bert", "bert", "tokenizer.json", 1, 1, -1},
        {"config.json", "bert", "bert", "tokenizer_config.json", 1, 1, -1},
        {"config.json", "bert", "bert", "special_tokens_map.json", 1, 1, -1},
        {"config.json", "bert", "bert", "vocab.txt", 1, 1, -1},
        {"tokenizer_config.json", "\"do_lower_case\": true", "\"do_lower_case\": false",
         "tokenizer.json", 0, 1, -1},
        {"tokenizer_config.json", "\"tokenize_chinese_chars\": true",
         "\"tokenize_chinese_chars\": false", "tokenizer.json", 1, 0, -1},
        {"tokenizer.json", "\"lowercase\": true", "\"lowercase\": false",
         "tokenizer_config.json", 0, 1, -1},
        {"tokenizer.json", "\"strip_accents\": null", "\"strip_accents\": true", NULL,
         1, 1, 1}, /* in words of its own, the same as the null of the other file */
        {"tokenizer_config.json", "\"model_max_length\": 8",
         "\"model_max_length\": 1000000000000000019884624838656", NULL, 1, 1, -1},
        {"tokenizer_config.json", "\"[CLS]\"",
         "{\"content\": \"[CLS]\", \"lstrip\": false}", NULL, 1, 1, -1},
        {"tokenizer_config.json", "\"do_lower_case\": true,", "", "tokenizer.json", 1,
         1, -1},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    log_set_quiet(true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        edit(rows[i].file, rows[i].old, rows[i].new, 0);
        if (rows[i].remove)
            remove_file(rows[i].remove);
        import(&got);
        const struct config *c = &got.tiny.config;
        ok(got.rc == 0 && c->data_lowercase == rows[i].lowercase &&
               c->data_chinese_chars == rows[i].chinese &&
               c->data_strip_accents == rows[i].strip && c->data_clean_text == 1,
           "flags %zu %s", i, got.err.text);
        ok(got.rc == 0 && got.tiny.vocab.size == 11 && got.tiny.vocab.mask == 10,
           "and the vocabulary");
        imported_fini(&got);
    }
    tiny_fini(&tiny);
}

/* ---- how text is read ---- */

/* Before the key `mpibert`, and after: what the folder does not tell follows from
 * it. */
static void test_text_options(void) {
    static const struct {
        const char *old, *new;
        enum export_layout layout;
        const char *packing, *language;
        int64_t length;
    } rows[] = {
        {"bert", "bert", EXPORT_MLM, "pairs", "de,en", 8},
        {"de,en", "fr", EXPORT_ENCODER, "pairs", "fr", 8},
        {"\"data.language\"", "\"data.unheard_of\"", EXPORT_MLM, "pairs", "en", 8},
        {"\"data.packing\"", "\"train.steps\"", EXPORT_MLM, "doc_sentences", "de,en",
         8},
        {"\"data.packing\"", "\"train.steps\"", EXPORT_PRETRAINING, "pairs", "de,en",
         8},
        {"\"mpibert\": {", "\"mpibert\": {}, \"other\": {", EXPORT_MLM, "doc_sentences",
         "en", 8},
        {"\"mpibert\"", "\"other\"", EXPORT_MLM, "doc_sentences", "en", 8},
        {"\"mpibert\"", "\"other\"", EXPORT_PRETRAINING, "pairs", "en", 8},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    config_set(&tiny.config, "data.language", "de,en", "test", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        export_to(&tiny, rows[i].layout, dir);
        edit("config.json", rows[i].old, rows[i].new, 0);
        import(&got);
        const struct config *c = &got.tiny.config;
        ok(got.rc == 0, "imports %s %s", rows[i].new, got.err.text);
        is_str(c->data_packing, rows[i].packing, "packing");
        is_str(c->data_language, rows[i].language, "language");
        is_int(c->train_sequence_length, rows[i].length, "length");
        imported_fini(&got);
    }
    tiny_fini(&tiny);
}

/* tokenizer.json says by itself that I and its kin are lower-cased as in Turkish. */
static void test_dotted_i(void) {
    static const struct {
        const char *file, *old, *new;
        int dotted; /* -1: refused */
    } rows[] = {
        {"config.json", "\"mpibert\"", "\"mpibert\"", 1},
        {"config.json", "\"mpibert\"", "\"other\"", 1},
        {"tokenizer.json", "\"content\": \"\u0131\"", "\"content\": \"i\"", -1},
        {"tokenizer.json", "\"Replace\"", "\"Strip\"", -1},
        {"tokenizer.json", "\"BertNormalizer\"", "\"Lowercase\"", -1},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    config_set(&tiny.config, "data.dotted_i", "true", "test", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        edit(rows[i].file, rows[i].old, rows[i].new, 0);
        import(&got);
        is_int(got.rc < 0 ? -1 : got.tiny.config.data_dotted_i, rows[i].dotted,
               "dotted_i, %s: %s", rows[i].new, got.err.text);
        ok(got.rc == 0 || strstr(got.err.text, "normalizer is not BertNormalizer"),
           "  another normalizer is refused as such");
        if (i == 0) {
            export_to(&got.tiny, EXPORT_PRETRAINING, again);
            ok(same_file("tokenizer.json") && same_file("tokenizer_config.json"),
               "  exported again, the same bytes");
        }
        imported_fini(&got);
    }
    tiny_fini(&tiny);
}

/* Punkt's tables go along and are found in the folder that holds them. */
static void test_punkt(void) {
    static const char *const names[] = {"abbrev_types.txt", "collocations.tab",
                                        "sent_starters.txt", "ortho_context.tab"};
    struct tiny tiny;
    struct imported got;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_MLM, again); /* any folder */
    for (int i = 0; i < 4; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", again, names[i]);
        file_write_atomic(path, names[i], strlen(names[i]), NULL);
    }
    config_set(&tiny.config, "data.punkt", again, "test", NULL);
    export_to(&tiny, EXPORT_MLM, dir);
    import(&got);
    is_str(got.tiny.config.data_punkt, dir, "data.punkt is the folder");
    for (int i = 0; i < 4; i++)
        ok(same_file(names[i]), "%s is in it", names[i]);
    imported_fini(&got);
    config_set(&tiny.config, "data.punkt", "nowhere", "test", NULL);
    export_to(&tiny, EXPORT_MLM, dir);
    import(&got);
    ok(got.rc == 0 && got.tiny.config.data_punkt == NULL,
       "tables that are gone are not promised");
    imported_fini(&got);
    tiny_fini(&tiny);
}

/* ---- refusals: one change each ---- */

static const struct {
    const char *file, *old,
        *new; /* old NULL: the file becomes new; new NULL: it goes */
    int code;
    const char *complaint;
} refusals[] = {
    {"config.json", NULL, NULL, ERR_MISSING, "config.json"},
    {"config.json", NULL, "[]", ERR_DATA, "not a JSON object"},
    {"config.json", NULL, "{", ERR_DATA, "config.json:1"},
    {"config.json", "\"data.language\": \"en\"", "\"data.language\": []", ERR_DATA,
     "data.language is no number"},
    {"config.json", "\"data.packing\": \"pairs\"", "\"data.packing\": \"pear\"",
     ERR_DATA, "'pear'"},
    {"config.json", "\"train.sequence_length\": 8", "\"train.sequence_length\": 9",
     ERR_DATA, "train.sequence_length 9 is over max_position_embeddings 8"},
    {"config.json", "\"model_type\": \"bert\"", "\"model_type\": \"roberta\"", ERR_DATA,
     "model_type is roberta; the kinds that mpibert reads are bert"},
    {"config.json", "\"model_type\": \"bert\"", "\"model_type\": 1", ERR_DATA,
     "model_type is no string"},
    {"config.json", "BertForPreTraining\"\n  ],\n  \"model_type\": \"bert\"",
     "RobertaModel\"\n  ],\n  \"no\": \"bert\"", ERR_DATA,
     "its architecture is RobertaModel"},
    {"config.json", "\"gelu\"", "\"relu\"", ERR_DATA, "hidden_act relu"},
    {"config.json", "\"gelu\"", "7", ERR_DATA, "hidden_act is not a string"},
    {"config.json", "\"absolute\"", "\"relative_key\"", ERR_DATA, "relative_key"},
    {"config.json", "\"type_vocab_size\": 2", "\"type_vocab_size\": 1", ERR_DATA,
     "type_vocab_size"},
    {"config.json", "\"use_cache\": true", "\"is_decoder\": true", ERR_DATA,
     "is_decoder"},
    {"config.json", "\"hidden_size\": 4,", "", ERR_DATA, "hidden_size is missing"},
    {"config.json", "\"hidden_size\": 4", "\"hidden_size\": \"4\"", ERR_DATA,
     "hidden_size is not a number"},
    {"config.json", "\"hidden_size\": 4", "\"hidden_size\": 5", ERR_DATA,
     "no multiple"},
    {"config.json", "\"hidden_size\": 4", "\"hidden_size\": 6", ERR_DATA,
     "shape [11, 4]"},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0", ERR_DATA,
     "num_hidden_layers: model.layers"},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 2.5", ERR_DATA,
     "num_hidden_layers: model.layers"},
    {"config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3", ERR_DATA,
     "has no bert.encoder.layer.2"},
    {"config.json", "\"max_position_embeddings\": 8", "\"max_position_embeddings\": 16",
     ERR_DATA, "position_embeddings.weight has shape [8, 4]"},
    {"config.json", "\"vocab_size\": 11", "\"vocab_size\": 12", ERR_DATA,
     "vocab_size 12"},
    {"config.json", "\"vocab_size\": 11,", "", ERR_DATA, "vocab_size is missing"},
    {"vocab.txt", "[MASK]\n", "[MASK]\nmore\n", ERR_DATA, "vocab.txt has 12"},
    {"vocab.txt", "the\n##s\n", "##s\nthe\n", ERR_DATA, "has token 'the' with id 1"},
    {"vocab.txt", "[MASK]\n", "mask\n", ERR_DATA, "has no [MASK]"},
    {"tokenizer.json", NULL, "{}", ERR_DATA, "has no normalizer"},
    {"tokenizer.json", "BertNormalizer", "Lowercase", ERR_DATA,
     "normalizer is not Bert"},
    {"tokenizer.json", "BertPreTokenizer", "Whitespace", ERR_DATA,
     "pre_tokenizer is not"},
    {"tokenizer.json", "\"type\": \"WordPiece\",\n    \"unk",
     "\"type\": \"BPE\",\n    \"unk", ERR_DATA, "model is not WordPiece"},
    {"tokenizer.json", "_word\": 100", "_word\": 200", ERR_DATA, "not 100"},
    {"tokenizer.json", "\"unused\": 9", "\"unusual\": 9", ERR_DATA,
     "'unusual' with id 9"},
    {"tokenizer.json", "\"added_tokens\": [",
     "\"added_tokens\": [{\"id\": 11, \"content\": \"covid\", \"special\": false},",
     ERR_DATA, "has 1 added tokens ('covid')"},
    {"tokenizer.json", "\"added_tokens\": [",
     "\"added_tokens\": [{\"id\": 1, \"content\": \"the\", \"special\": false},",
     ERR_DATA, "has 1 added tokens ('the')"},
    {"tokenizer.json", "\"added_tokens\": [",
     "\"added_tokens\": [{\"id\": 11, \"content\": \"<E>\", \"special\": true},",
     ERR_DATA, "has 1 added tokens ('<E>')"},
    {"tokenizer_config.json", "\"clean_text\": true",
     "\"added_tokens_decoder\": {\"11\": {\"content\": \"covid\"}}", ERR_DATA,
     "has 1 added tokens ('covid')"},
    {"tokenizer.json", "\"lowercase\": true", "\"lowercase\": false", ERR_DATA,
     "do_lower_case: true"},
    {"tokenizer.json", "\"lowercase\": true", "\"lowercase\": 1", ERR_DATA,
     "lowercase is not true or false"},
    {"tokenizer.json", "\"strip_accents\": null", "\"strip_accents\": false", ERR_DATA,
     "strip_accents: null"},
    {"tokenizer_config.json", "\"tokenize_chinese_chars\": true",
     "\"tokenize_chinese_chars\": false", ERR_DATA, "handle_chinese_chars: true"},
    {"tokenizer_config.json", "\"[PAD]\"", "\"<pad>\"", ERR_DATA,
     "pad_token is not [PAD]"},
    {"tokenizer_config.json", "\"clean_text\": true", "\"do_basic_tokenize\": false",
     ERR_DATA, "do_basic_tokenize"},
    {"model.safetensors", NULL, NULL, ERR_MISSING, "has no model.safetensors"},
    {"model.safetensors", NULL, "", ERR_DATA, "no safetensors file"},
    {"model.safetensors", "bert.embeddings.LayerNorm.bias", "bert.embeddings.other",
     ERR_DATA, "has no bert.embeddings.LayerNorm.bias"},
    {"model.safetensors", "bert.embeddings.word_embeddings.weight", "words", ERR_DATA,
     "word_embeddings.weight"},
    {"model.safetensors", "bert.pooler.dense.weight",
     "encoder.layer.0.attention.self.query.weight", ERR_DATA, "are the same tensor"},
    {"model.safetensors", "{\"dtype\":\"F32\",\"shape\":[8,4]",
     "{\"dtype\":\"I32\",\"shape\":[8,4]", ERR_DATA, "of type I32"},
    {"model.safetensors", "\"shape\":[8,4]", "\"shape\":[4,8]", ERR_DATA,
     "shape [4, 8]"},
    {"model.safetensors", "\"shape\":[8,4]", "\"shape\":[32]", ERR_DATA,
     "shape [32], but [8, 4]"},
    {"model.safetensors", "\"shape\":[8,4]", "\"shape\":[8,2,2]", ERR_DATA,
     "shape [8, 2, 2]"},
};

static void test_refusals(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct imported got;
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        if (refusals[i].new == NULL)
            remove_file(refusals[i].file);
        else if (refusals[i].old == NULL)
            write_text(refusals[i].file, refusals[i].new, strlen(refusals[i].new));
        else
            edit(refusals[i].file, refusals[i].old, refusals[i].new, 0);
        import(&got);
        ok(got.rc < 0 && got.err.code == refusals[i].code &&
               strstr(got.err.text, dir) && strstr(got.err.text, refusals[i].complaint),
           "refuses row %zu (%d): %s", i, got.err.code, got.err.text);
        imported_fini(&got);
    }
    tiny_fini(&tiny);
}

/* Folders that lack several files. */
static void test_lacks(void) {
    static const struct {
        const char *gone[3], *made;
        int code;
        const char *complaint;
    } rows[] = {
        {{"model.safetensors"}, "pytorch_model.bin", ERR_MISSING, "save_pretrained"},
        {{"model.safetensors"},
         "model.safetensors.index.json",
         ERR_DATA,
         "several files"},
        {{"model.safetensors"},
         "pytorch_model.bin.index.json",
         ERR_MISSING,
         "programs"},
        {{"model.safetensors"}, "tf_model.h5", ERR_MISSING, "from_tf"},
        {{"model.safetensors"}, "flax_model.msgpack", ERR_MISSING, "from_flax"},
        {{"model.safetensors"}, "adapter_model.safetensors", ERR_MISSING, "merge it"},
        {{"model.safetensors"}, "model.fp16.safetensors", ERR_MISSING, "rename it"},
        {{"vocab.txt", "tokenizer.json"}, NULL, ERR_MISSING, "neither vocab.txt nor"},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        for (int k = 0; k < 3 && rows[i].gone[k]; k++)
            remove_file(rows[i].gone[k]);
        if (rows[i].made)
            write_text(rows[i].made, "x", 1);
        import(&got);
        ok(got.rc < 0 && got.err.code == rows[i].code &&
               strstr(got.err.text, rows[i].complaint),
           "lacks %s: %s", rows[i].gone[0], got.err.text);
        imported_fini(&got);
        if (rows[i].made)
            remove_file(rows[i].made);
    }
    tiny_fini(&tiny);
}

/* Added tokens of old folders; BERT's own are in them too. */
static void test_old_added(void) {
    static const struct {
        const char *file;
        bool good;
    } rows[] = {
        {"{\"covid\": 11}", false},
        {"{\"[MASK]\": 10}", true},
        {"{\"[MASK]\": 11}", false},
        {"{}", true},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        write_text("added_tokens.json", rows[i].file, strlen(rows[i].file));
        import(&got);
        ok(rows[i].good
               ? got.rc == 0
               : got.err.code == ERR_DATA && strstr(got.err.text, "added tokens"),
           "added_tokens.json %s: %s", rows[i].file, got.err.text);
        imported_fini(&got);
    }
    remove_file("added_tokens.json");
    tiny_fini(&tiny);
}

/* Ids that nothing matches stay where they are, whichever file is read. */
static void test_dead_ids(void) {
    static const struct {
        const char *text;
        const char *gone; /* a file that is removed before import */
        int the;
    } rows[] = {
        {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n\na\nb\nthe\nc\n", "README.md", 9},
        {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n\na\nb\nthe\nc\n", "vocab.txt", 9},
        {"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n\na\nb\nthe\nc\n", "tokenizer.json",
         9},
        {"the \n\n\n[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\n", "vocab.txt", 0},
        {"[PAD]\n[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nthe\t\nd\n", "vocab.txt",
         9},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    struct vocab good = tiny.vocab;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct imported got;
        ok(vocab_parse(&tiny.vocab, slice_of(rows[i].text), "odd", NULL) == 0,
           "a vocabulary");
        export_to(&tiny, EXPORT_PRETRAINING, dir);
        remove_file(rows[i].gone);
        import(&got);
        bool same = got.rc == 0 && got.tiny.vocab.size == 11;
        for (int32_t id = 0; same && id < 11; id++)
            same = vocab_is_live(&got.tiny.vocab, id) == vocab_is_live(&tiny.vocab, id);
        ok(same && vocab_find(&got.tiny.vocab, slice_of("the")) == rows[i].the,
           "dead ids %zu, without %s: %s", i, rows[i].gone, got.err.text);
        imported_fini(&got);
        vocab_fini(&tiny.vocab);
    }
    tiny.vocab = good;
    tiny_fini(&tiny);
}

/* No file says anything of casing: a cased vocabulary must not be lower-cased. */
static void test_silent_casing(void) {
    struct tiny tiny;
    struct imported got;
    tiny_init(&tiny, true);
    export_to(&tiny, EXPORT_PRETRAINING, dir);
    remove_file("tokenizer.json");
    remove_file("tokenizer_config.json");
    edit("vocab.txt", "the\n", "The\n", 0);
    import(&got);
    ok(got.rc < 0 && got.err.code == ERR_DATA && strstr(got.err.text, "'The'"),
       "refuses to guess: %s", got.err.text);
    imported_fini(&got);
    write_text("tokenizer_config.json", "{\"do_lower_case\": false}", 24);
    import(&got);
    ok(got.rc == 0 && !got.tiny.config.data_lowercase, "one word is enough %s",
       got.err.text);
    imported_fini(&got);
    tiny_fini(&tiny);
}

int main(void) {
    snprintf(dir, sizeof dir, "%s/folder", tap_folder());
    snprintf(again, sizeof again, "%s/again", tap_folder());
    test_round_trip();
    test_dialects();
    test_decoder();
    test_padding();
    test_bf16();
    test_flags();
    test_text_options();
    test_dotted_i();
    test_punkt();
    test_refusals();
    test_lacks();
    test_old_added();
    test_dead_ids();
    test_silent_casing();
    return tap_done();
}
