/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: each layout holds exactly its tensors, by name and value; its JSON files say
 * what the configuration says, in every file the same; tokenizer.json is the text that
 * Hugging Face's library writes; the same state gives the same bytes; what cannot be
 * exported is refused, and leaves nothing that loads. */
#include "io/convert/huggingface.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/convert/formats.h"
#include "io/convert/names.h"
#include "io/convert/safetensors.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "tests/tap.h"
#include "tests/tiny.h"

static const char *const files[] = {"config.json",
                                    "vocab.txt",
                                    "tokenizer.json",
                                    "tokenizer_config.json",
                                    "special_tokens_map.json",
                                    "README.md",
                                    "model.safetensors"};
enum { FILES = sizeof files / sizeof *files };

static const char *folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", tap_folder(), name);
    return path;
}

static struct export_source source_of(const struct tiny *tiny) {
    return (struct export_source){.config = &tiny->config,
                                  .shape = &tiny->shape,
                                  .vocab = &tiny->vocab,
                                  .weights = &tiny->weights,
                                  .step = 3000,
                                  .tokens = 98304000,
                                  .state_hash = "00112233445566778899aabbccddeeff"};
}

static const struct class *bert(void) { return classes_find(slice_of("bert")); }

/* What the command does, without its stage. */
static int export_to(const struct export_source *source, enum export_layout layout,
                     const char *dir, struct err *err) {
    struct export_plan plan;
    if (huggingface_format.plan(source, layout, &plan, err) < 0)
        return -1;
    int rc = huggingface_format.write(source, &plan, dir, err);
    export_plan_fini(&plan);
    return rc;
}

static void read_text(const char *dir, const char *name, struct str *out) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    str_clear(out);
    if (file_read(path, 1 << 20, out, NULL) < 0)
        ok(false, "%s is not there", path);
}

static struct json *read_json(const char *dir, const char *name) {
    struct str text = {0};
    read_text(dir, name, &text);
    struct json *root = json_parse(str_slice(&text), name, NULL);
    str_fini(&text);
    return root;
}

static void test_layout_names(void) {
    static const struct {
        const char *name;
        int layout; /* -1: refused */
    } rows[] = {{"pretraining", EXPORT_PRETRAINING},
                {"mlm", EXPORT_MLM},
                {"encoder", EXPORT_ENCODER},
                {"", -1},
                {"MLM", -1},
                {"sentence", -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum export_layout layout = EXPORT_MLM;
        struct err err = {0};
        int rc = export_layout_parse(rows[i].name, &layout, &err);
        if (rows[i].layout >= 0)
            ok(rc == 0 && (int)layout == rows[i].layout, "layout %s", rows[i].name);
        else
            ok(rc < 0 && err.code == ERR_USAGE, "no layout '%s': %s", rows[i].name,
               err.text);
    }
}

static void test_names(void) {
    static const char *const rows[][2] = {
        {"bert.embeddings.word_embeddings.weight",
         "bert.embeddings.word_embeddings.weight"},
        {"embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings.weight"},
        {"encoder.layer.3.output.LayerNorm.gamma",
         "bert.encoder.layer.3.output.LayerNorm.weight"},
        {"bert.embeddings.LayerNorm.beta", "bert.embeddings.LayerNorm.bias"},
        {"bert.encoder.layer.0.intermediate.dense_act.weight",
         "bert.encoder.layer.0.intermediate.dense.weight"},
        {"pooler.dense_act.bias", "bert.pooler.dense.bias"},
        {"cls.predictions.transform.LayerNorm.gamma",
         "cls.predictions.transform.LayerNorm.weight"},
        {"bert.cls.predictions.bias", "cls.predictions.bias"},
        {"classifier.weight", "classifier.weight"},
        {"bert.other.weight", "bert.other.weight"},
    };
    struct str ours = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        names_canonical(bert(), rows[i][0], &ours);
        is_str(ours.data, rows[i][1], "%s", rows[i][0]);
    }
    str_fini(&ours);
}

/* The file has the tensors that the layout names, with their values, and no others. */
static void check_weights(const struct tiny *tiny, enum export_layout layout,
                          const char *dir, int want) {
    char path[400];
    struct safetensors file;
    snprintf(path, sizeof path, "%s/model.safetensors", dir);
    if (!ok(safetensors_open(&file, path, NULL) == 0, "model.safetensors opens"))
        return;
    is_int(file.count, want, "with %d tensors", want);
    struct str name = {0};
    int good = 0;
    for (int i = 0; i < tiny->table.count; i++) {
        const struct tensor *t = &tiny->table.tensors[i];
        bool in = names_in_layout(bert(), t->name, layout, &name);
        const struct safetensors_entry *e =
            in ? safetensors_find(&file, name.data) : NULL;
        float values[64];
        good += e && e->rank == t->rank && e->count == t->count && e->count <= 64 &&
                safetensors_read(&file, e, 0, e->count, values, NULL) == 0 &&
                memcmp(values, tiny->weights.data + t->offset, t->count * 4) == 0;
    }
    str_fini(&name);
    is_int(good, want, "each of them with our values");
    bool sorted = true;
    for (int i = 1; i < file.count; i++)
        sorted = sorted && strcmp(file.entries[i - 1].name, file.entries[i].name) < 0;
    ok(sorted && file.data_start % 64 == 0, "sorted by name, from a multiple of 64 on");
    safetensors_close(&file);
}

static void test_layouts(void) {
    static const struct {
        enum export_layout layout;
        bool pairs;
        const char *class, *first; /* a name that it has */
        int tensors;
    } rows[] = {
        {EXPORT_PRETRAINING, true, "BertForPreTraining", "cls.seq_relationship.bias",
         46},
        {EXPORT_MLM, true, "BertForMaskedLM", "cls.predictions.bias", 42},
        {EXPORT_MLM, false, "BertForMaskedLM", "bert.embeddings.LayerNorm.bias", 42},
        {EXPORT_ENCODER, true, "BertModel", "pooler.dense.bias", 39},
        {EXPORT_ENCODER, false, "BertModel", "embeddings.LayerNorm.bias", 37},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tiny tiny;
        struct err err = {0};
        char dir[300];
        tiny_init(&tiny, rows[i].pairs);
        struct export_source source = source_of(&tiny);
        snprintf(dir, sizeof dir, "%s/layout-%zu/deep", tap_folder(), i);
        ok(export_to(&source, rows[i].layout, dir, &err) == 0, "%s %s", rows[i].class,
           err.text);
        check_weights(&tiny, rows[i].layout, dir, rows[i].tensors);
        struct json *config = read_json(dir, "config.json");
        struct slice class = {0};
        json_get_string(json_at(json_get(config, "architectures"), 0), &class);
        ok(class.data && strcmp(class.data, rows[i].class) == 0, "config.json says so");
        json_free(config);
        tiny_fini(&tiny);
    }
}

/* What a layout leaves out of what was trained, and the fullest there is. */
static void test_plan(void) {
    static const struct {
        bool pairs;
        enum export_layout layout;
        const char *class, *lost;
    } rows[] = {
        {true, EXPORT_PRETRAINING, "BertForPreTraining", ""},
        {true, EXPORT_FULLEST, "BertForPreTraining", ""},
        {true, EXPORT_MLM, "BertForMaskedLM", "pooler and next sentence head"},
        {true, EXPORT_ENCODER, "BertModel",
         "next sentence head and masked language head"},
        {false, EXPORT_PRETRAINING, NULL, "mlm and encoder need less"},
        {false, EXPORT_FULLEST, "BertForMaskedLM", ""},
        {false, EXPORT_MLM, "BertForMaskedLM", ""},
        {false, EXPORT_ENCODER, "BertModel", "masked language head"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tiny tiny;
        struct export_plan plan = {0};
        struct err err = {0};
        tiny_init(&tiny, rows[i].pairs);
        struct export_source source = source_of(&tiny);
        int rc = huggingface_format.plan(&source, rows[i].layout, &plan, &err);
        is_int(rc < 0 ? err.code : 0, rows[i].class ? 0 : ERR_DATA, "plan %zu", i);
        if (rc == 0)
            is_str(plan.architecture, rows[i].class, "  becomes");
        const char *said = rc < 0 ? err.text : plan.lost.data ? plan.lost.data : "";
        ok(rc < 0 ? strstr(said, rows[i].lost) != NULL
                  : strcmp(said, rows[i].lost) == 0,
           "  says '%s'", said);
        export_plan_fini(&plan);
        tiny_fini(&tiny);
    }
}

/* Heads that no class has do not go along, and are named once each. */
static void test_unknown_heads(void) {
    static const char *const names[] = {"cls.other.dense.weight",
                                        "cls.other.dense.bias", "third.bias"};
    struct tiny tiny;
    struct export_plan plan;
    struct err err = {0};
    tiny_init(&tiny, true);
    params_fini(&tiny.weights);
    for (int i = 0; i < 3; i++)
        params_table_add(&tiny.table, names[i], 4, 0, FIRST_ZERO, false);
    params_init(&tiny.weights, &tiny.table);
    struct export_source source = source_of(&tiny);
    const char *dir = folder("unknown");
    ok(huggingface_format.plan(&source, EXPORT_FULLEST, &plan, &err) == 0 &&
           huggingface_format.write(&source, &plan, dir, &err) == 0,
       "a model with heads of its own is exported: %s", err.text);
    is_str(plan.lost.data ? plan.lost.data : "", "cls.other and third.bias",
           "  without them, and it says so");
    check_weights(&tiny, EXPORT_PRETRAINING, dir, 46);
    export_plan_fini(&plan);
    tiny_fini(&tiny);
}

/* A row of the table of formats is found by its name and by a folder. */
static void test_formats(void) {
    struct tiny tiny;
    struct err err = {0};
    tiny_init(&tiny, false);
    struct export_source source = source_of(&tiny);
    ok(formats_find("huggingface", &err) == &huggingface_format, "a format by name");
    ok(formats_find("gguf", &err) == NULL && err.code == ERR_USAGE &&
           strstr(err.text, "huggingface"),
       "none of a name: %s", err.text);
    const char *dir = folder("of");
    ok(formats_of(dir) == NULL, "no folder is of no format");
    ok(export_to(&source, EXPORT_MLM, dir, NULL) == 0 &&
           formats_of(dir) == &huggingface_format && formats_of(dir)->is_ours(dir),
       "an export is of its format, and ours");
    tiny_fini(&tiny);
}

static void test_config(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    config_set(&tiny.config, "model.hidden_dropout", "0", "test", NULL);
    config_set(&tiny.config, "data.language", "cs", "test", NULL);
    tiny.shape.gelu = GELU_TANH;
    struct export_source source = source_of(&tiny);
    const char *dir = folder("config");
    struct str text = {0};
    ok(export_to(&source, EXPORT_MLM, dir, NULL) == 0, "export");
    read_text(dir, "config.json", &text);
    char *rest = strstr(text.data, ",\n    \"data.on_error\"");
    if (rest)
        *rest++ = '\0';
    is_str(
        text.data,
        "{\n  \"architectures\": [\n    \"BertForMaskedLM\"\n  ],\n"
        "  \"model_type\": \"bert\",\n  \"vocab_size\": 11,\n  \"hidden_size\": 4,\n"
        "  \"num_hidden_layers\": 2,\n  \"num_attention_heads\": 2,\n"
        "  \"intermediate_size\": 6,\n  \"hidden_act\": \"gelu_pytorch_tanh\",\n"
        "  \"hidden_dropout_prob\": 0.0,\n  \"attention_probs_dropout_prob\": 0.1,\n"
        "  \"max_position_embeddings\": 8,\n  \"type_vocab_size\": 2,\n"
        "  \"initializer_range\": 0.02,\n  \"layer_norm_eps\": 1e-12,\n"
        "  \"pad_token_id\": 3,\n  \"position_embedding_type\": \"absolute\",\n"
        "  \"use_cache\": true,\n  \"classifier_dropout\": null,\n"
        "  \"tie_word_embeddings\": true,\n  \"torch_dtype\": \"float32\",\n"
        "  \"mpibert\": {\n    \"data.dotted_i\": null,\n    \"data.compat\": \"hf\",\n"
        "    \"data.language\": \"cs\"",
        "config.json, up to how text is read");
    ok(rest &&
           strstr(
               rest,
               "\"data.packing\": \"pairs\",\n    \"data.isolate_documents\": false") &&
           strstr(rest, "\"data.mask_prob\": 0.15") &&
           strstr(rest, "\"train.sequence_length\": 8") &&
           strstr(rest, "\"data.temperature\": null") && !strstr(rest, "data.vocab") &&
           !strstr(rest, "data.punkt") && !strstr(rest, "train.steps"),
       "how text is read, typed, and nothing else:%s", rest);
    str_fini(&text);
    tiny_fini(&tiny);
}

/* Flag as every file tells it: -1 for null. */
static int flag_of(const struct json *object, const char *key) {
    bool flag = false;
    return json_get_bool(json_get(object, key), &flag) < 0 ? -1 : flag;
}

static void test_flags(void) {
    static const struct {
        const char *lowercase, *clean, *chinese, *strip;
        int want[4];
    } rows[] = {
        {"true", "true", "true", "null", {1, 1, 1, -1}},
        {"false", "true", "true", "null", {0, 1, 1, -1}},
        {"true", "false", "true", "false", {1, 0, 1, 0}},
        {"false", "true", "false", "true", {0, 1, 0, 1}},
    };
    struct tiny tiny;
    tiny_init(&tiny, true);
    struct export_source source = source_of(&tiny);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        config_set(&tiny.config, "data.lowercase", rows[i].lowercase, "test", NULL);
        config_set(&tiny.config, "data.clean_text", rows[i].clean, "test", NULL);
        config_set(&tiny.config, "data.chinese_chars", rows[i].chinese, "test", NULL);
        config_set(&tiny.config, "data.strip_accents", rows[i].strip, "test", NULL);
        const char *dir = folder("flags");
        ok(export_to(&source, EXPORT_MLM, dir, NULL) == 0, "flags %zu", i);
        struct json *tokenizer = read_json(dir, "tokenizer.json");
        struct json *config = read_json(dir, "tokenizer_config.json");
        const struct json *normalizer = json_get(tokenizer, "normalizer");
        const int *want = rows[i].want;
        ok(flag_of(normalizer, "lowercase") == want[0] &&
               flag_of(config, "do_lower_case") == want[0],
           "casing in both files");
        ok(flag_of(normalizer, "clean_text") == want[1] &&
               flag_of(config, "clean_text") == want[1],
           "cleaning");
        ok(flag_of(normalizer, "handle_chinese_chars") == want[2] &&
               flag_of(config, "tokenize_chinese_chars") == want[2],
           "ideographs");
        ok(flag_of(normalizer, "strip_accents") == want[3] &&
               flag_of(config, "strip_accents") == want[3],
           "accents");
        json_free(tokenizer);
        json_free(config);
    }
    tiny_fini(&tiny);
}

/* As tokenizers 0.23 writes it, but for blanks: those are taken out of both. */
static const char golden_tokenizer[] =
    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":["
#define ADDED(id, token)                                                               \
    "{\"id\":" id ",\"content\":\"" token "\",\"single_word\":false,\"lstrip\":false," \
    "\"rstrip\":false,\"normalized\":false,\"special\":true}"
    ADDED("0", "[UNK]") "," ADDED("3", "[PAD]") "," ADDED("5", "[SEP]") "," ADDED(
        "6", "[CLS]") "," ADDED("10",
                                "[MASK]") "],\"normalizer\":{\"type\":"
                                          "\"BertNormalizer\",\"clean_text\":true,"
                                          "\"handle_chinese_chars\":true,\"strip_"
                                          "accents\":null,\"lowercase\":true},"
                                          "\"pre_tokenizer\":{\"type\":"
                                          "\"BertPreTokenizer\"},"
                                          "\"post_processor\":{\"type\":"
                                          "\"TemplateProcessing\",\"single\":["
#define PART(kind, id, type) "{\"" kind "\":{\"id\":\"" id "\",\"type_id\":" type "}}"
#define SINGLE                                                                         \
    PART("SpecialToken", "[CLS]", "0")                                                 \
    "," PART("Sequence", "A", "0") "," PART("SpecialToken", "[SEP]", "0")
    SINGLE "],\"pair\":[" SINGLE "," PART("Sequence", "B", "1") "," PART(
        "SpecialToken", "[SEP]",
        "1") "],\"special_tokens\":{"
             "\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[6],\"tokens\":[\"[CLS]\"]},"
             "\"[SEP]\":{\"id\":\"[SEP]\",\"ids\":[5],\"tokens\":[\"[SEP]\"]}}},"
             "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
             "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\","
             "\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,"
             "\"vocab\":{"
             "\"[UNK]\":0,\"the\":1,\"##s\":2,\"[PAD]\":3,\"\\\"\\\\\":4,\"[SEP]\":5,"
             "\"[CLS]\":6,"
             "\"\xc3\xa9t\xc3\xa9\":7,\"\xe6\x9d\xb1\":8,\"unused\":9,\"[MASK]\":10}}}";

static void test_tokenizer(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    struct export_source source = source_of(&tiny);
    const char *dir = folder("tokenizer");
    struct str text = {0}, bare = {0};
    ok(export_to(&source, EXPORT_MLM, dir, NULL) == 0, "export");
    read_text(dir, "tokenizer.json", &text);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != ' ' && text.data[i] != '\n')
            str_append_char(&bare, text.data[i]);
    is_str(bare.data, golden_tokenizer, "tokenizer.json, whole");
    read_text(dir, "vocab.txt", &text);
    ok(text.size == tiny.vocab.text_size &&
           memcmp(text.data, tiny.vocab.text, text.size) == 0,
       "vocab.txt is the vocabulary");
    struct json *config = read_json(dir, "tokenizer_config.json");
    int64_t longest = 0;
    ok(json_get_int(json_get(config, "model_max_length"), &longest) == 0 &&
           longest == 8,
       "model_max_length is what there are positions for");
    json_free(config);
    read_text(dir, "special_tokens_map.json", &text);
    is_str(text.data,
           "{\n  \"cls_token\": \"[CLS]\",\n  \"mask_token\": \"[MASK]\",\n"
           "  \"pad_token\": \"[PAD]\",\n  \"sep_token\": \"[SEP]\",\n"
           "  \"unk_token\": \"[UNK]\"\n}\n",
           "special_tokens_map.json");
    str_fini(&text);
    str_fini(&bare);
    tiny_fini(&tiny);
}

/* A vocabulary with CR LF is written with LF. */
static void test_line_ends(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    struct vocab lf = tiny.vocab;
    struct str text = {0};
    ok(vocab_parse(
           &tiny.vocab,
           slice_of("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\na\r\nb\r\nc\r\nd"
                    "\r\ne\r\nf"),
           "crlf", NULL) == 0,
       "a vocabulary with CR LF");
    struct export_source source = source_of(&tiny);
    const char *dir = folder("crlf");
    ok(export_to(&source, EXPORT_MLM, dir, NULL) == 0, "export");
    read_text(dir, "vocab.txt", &text);
    is_str(text.data, "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\ne\nf\n",
           "has LF");
    str_fini(&text);
    vocab_fini(&lf);
    tiny_fini(&tiny);
}

/* A card of the tiny model, with what the rows set. */
static void make_card(const char *language, int64_t step, const struct story *story,
                      struct str *text) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    config_set(&tiny.config, "data.language", language, "test", NULL);
    config_set(&tiny.config, "data.vocab", "/usr/me/words.txt", "test", NULL);
    config_set(&tiny.config, "data.sources[0].path", "/usr/me/wiki \"a\".tar", "test",
               NULL);
    config_set(&tiny.config, "data.sources[1].path", "/usr/me/web/*.gz", "test", NULL);
    config_set(&tiny.config, "data.sources[1].weight", "0.5", "test", NULL);
    config_set(&tiny.config, "data.heldout[0].path", "/usr/me/a\"b: c.txt", "test",
               NULL);
    struct export_source source = source_of(&tiny);
    source.step = step;
    source.story = story;
    const char *dir = folder("card");
    ok(export_to(&source, EXPORT_PRETRAINING, dir, NULL) == 0, "export");
    read_text(dir, "README.md", text);
    tiny_fini(&tiny);
}

/* A text that begins with '!' must not be there. */
static void check_card(const struct str *text, const char *const *rows) {
    for (; *rows; rows++) {
        bool there = **rows != '!';
        ok((strstr(text->data, *rows + !there) != NULL) == there, "the card %s '%s'",
           there ? "says" : "does not say", *rows + !there);
    }
}

/* What a card has, and after ! has not: of a model with nothing beside it, with its run
 * beside it, and of one that was not trained here. */
static const char *const card_plain[] = {
    "---\nlanguage:\n- \"en\"\nlibrary_name: transformers\npipeline_tag: "
    "fill-mask\n"
    "tags:\n- bert\n",
    "\n- cpu-pretrained\nmpibert:\n  seed: ",
    "\n---\n\n# BERT",
    "BertForPreTraining.from_pretrained",
    "3000 optimizer steps over 98304000 tokens",
    "00112233445566778899aabbccddeeff",
    "| train.learning_rate | 0.0001 |",
    "| parameters | 469 |",
    "uncased (text is lower-cased); accents are stripped",
    "| `wiki \"a\".tar` | auto | 1 | ? |\n| `web/*.gz` | auto | 0.5 | ? |",
    "Licence: not stated",
    "!license:",
    "!model-index",
    "!Results",
    "!Hardware",
    "!hours",
    "!words.txt", /* paths stay at home */
    "!/me/",
    "!checkpoint.",
    NULL};
static const char *const card_told[] = {
    "language:\n- \"no\"\n- \"de\"\nlicense: cc-by-sa-4.0\nlibrary_name",
    "model-index:\n- name: BERT L2 H4\n  results:\n  - task:\n      type: "
    "fill-mask\n",
    "      name: \"a\\\"b: c.txt\"\n",
    "      value: 5.25\n    - type: accuracy\n      name: accuracy\n      value: "
    "0.125\n---",
    "!next sentence prediction\n    dataset",
    "| `wiki \"a\".tar` | auto | 1 | 700 |\n| `web/*.gz` | auto | 0.5 | 300 |",
    "Hardware: MPI ranks: 2.",
    "Time in training steps: 1.5 hours.",
    "| masked tokens | 5.2500 | 12.50 % |",
    "(7 documents;",
    "Licence: see above.",
    "!not stated",
    NULL};
static const char *const card_imported[] = {
    "have not been trained", "---\nlibrary_name", "!learning_rate", "!language:", NULL};

static void test_card(void) {
    double tokens[] = {700, 300};
    struct story story = {.license = "cc-by-sa-4.0",
                          .evaluated = true,
                          .of[OBJECTIVE_MLM] = {5.25, 0.125, 1},
                          .unigram_entropy = NAN,
                          .documents = 7,
                          .seconds = 5400,
                          .sources = 2,
                          .source_tokens = tokens};
    struct str text = {0};
    str_printf(&story.machine, "MPI ranks: 2");
    make_card("en", 3000, NULL, &text);
    check_card(&text, card_plain);
    make_card("no,de", 3000, &story, &text);
    check_card(&text, card_told);
    make_card("en", 0, NULL, &text);
    check_card(&text, card_imported);
    str_fini(&story.machine);
    str_fini(&text);
}

static void test_same_bytes(void) {
    struct tiny tiny;
    tiny_init(&tiny, true);
    struct export_source source = source_of(&tiny);
    char a[300], b[300];
    snprintf(a, sizeof a, "%s/same-a", tap_folder());
    snprintf(b, sizeof b, "%s/same-b", tap_folder());
    struct str left = {0}, right = {0};
    ok(export_to(&source, EXPORT_MLM, a, NULL) == 0 &&
           export_to(&source, EXPORT_MLM, b, NULL) == 0 &&
           export_to(&source, EXPORT_MLM, b, NULL) == 0,
       "twice, the second over an older one");
    for (int i = 0; i < FILES; i++) {
        read_text(a, files[i], &left);
        read_text(b, files[i], &right);
        ok(left.size > 0 && slice_equal(str_slice(&left), str_slice(&right)),
           "%s: the same bytes", files[i]);
    }
    str_fini(&left);
    str_fini(&right);
    tiny_fini(&tiny);
}

static void check_refused(const struct export_source *source, enum export_layout layout,
                          int code, const char *complaint) {
    struct err err = {0};
    const char *dir = folder("refused");
    ok(export_to(source, layout, dir, &err) < 0 && err.code == code &&
           strstr(err.text, complaint),
       "refused: %s", err.text);
    ok(access(folder("refused/model.safetensors"), F_OK) < 0, "and nothing that loads");
}

static void test_refused(void) {
    struct tiny tiny;
    tiny_init(&tiny, false);
    struct export_source source = source_of(&tiny);
    check_refused(&source, EXPORT_PRETRAINING, ERR_DATA, "bert.pooler.dense.weight");
    struct vocab good = tiny.vocab;
    vocab_parse(&tiny.vocab, slice_of("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"), "five",
                NULL);
    check_refused(&source, EXPORT_MLM, ERR_DATA, "11 rows, the vocabulary 5 tokens");
    vocab_fini(&tiny.vocab);
    tiny.vocab = good;
    struct err err = {0};
    ok(export_to(&source, EXPORT_MLM, "/proc/nothing", &err) < 0 &&
           (err.code == ERR_IO || err.code == ERR_MISSING),
       "a folder that cannot be: %s", err.text);
    tiny_fini(&tiny);
}

int main(void) {
    test_layout_names();
    test_names();
    test_layouts();
    test_plan();
    test_unknown_heads();
    test_formats();
    test_config();
    test_flags();
    test_tokenizer();
    test_line_ends();
    test_card();
    test_same_bytes();
    test_refused();
    return tap_done();
}
