/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that transformers loads, out: see format.h (in: huggingface_read.c).
 * model.safetensors holds the layout's tensors sorted by name; the decoder's weight and
 * bias are tied and not written.  It holds format and weights alone: where they came
 * from stands in README.md, so that import and export again give the same bytes.  The
 * weights come last: a new folder that an interrupted export left behind loads nowhere.
 */
#include "io/convert/huggingface.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/convert/card.h"
#include "io/convert/names.h"
#include "io/convert/safetensors.h"
#include "io/convert/text_options.h"
#include "io/convert/tokenizer_json.h"
#include "io/convert/weights.h"
#include "io/syntax/json.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/fs.h"
#include "src/base/log.h"
#include "src/base/mem.h"

enum { CONFIG_BYTES = 16 << 20 };

static const char *const files[] = {
    "config.json",    "model.safetensors",     "vocab.txt",
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "README.md",      TEXT_OPTIONS_PUNKT,      NULL,
};

/* ---- what it becomes ---- */

/* Heads by one of their tensors, in the order in which they are told; and the layouts
 * that are none without it. */
static const struct head {
    const char *tensor, *words;
    unsigned needed;
} heads[] = {
    {NAMES_POOLER, "pooler", LAYOUT_PRETRAINING | LAYOUT_CLASSIFY | LAYOUT_CHOOSE},
    {NAMES_NSP, NULL, LAYOUT_PRETRAINING},
    {NAMES_MLM_BIAS, "masked language head", LAYOUT_PRETRAINING | LAYOUT_MLM},
    {NAMES_RTD, "replaced token head", LAYOUT_PRETRAINING},
    {NAMES_TASK, "head of a task",
     LAYOUT_CLASSIFY | LAYOUT_TAG | LAYOUT_CHOOSE | LAYOUT_ANSWER},
};

enum { HEADS = sizeof heads / sizeof *heads };

/* The tensor without which it is not the class's layout, if the table lacks it. */
static const char *lacking(const struct class *class, const struct params_table *table,
                           enum export_layout layout) {
    for (int i = 0; i < HEADS; i++)
        if (heads[i].needed & 1u << layout && !params_find(table, heads[i].tensor) &&
            names_in_layout(class, heads[i].tensor, layout, NULL))
            return heads[i].tensor;
    return NULL;
}

static enum export_layout fullest(const struct class *class,
                                  const struct params_table *table) {
    int layout = EXPORT_PRETRAINING;
    while (layout < EXPORT_ENCODER &&
           (!class->architectures[layout] ||
            lacking(class, table, (enum export_layout)layout)))
        layout++;
    return (enum export_layout)layout;
}

/* Heads that no class knows, each by the beginning of its tensors' names: "cls.sbo". */
static void list_unknown(const struct class *class, const struct params_table *table,
                         struct str *out) {
    const char *last = "";
    size_t n = 0;
    for (int i = 0; i < table->count; i++) {
        const char *name = table->tensors[i].name;
        if (names_is_known(class, name) || (n > 0 && strncmp(name, last, n) == 0))
            continue;
        const char *dot = strchr(name, '.');
        last = name;
        n = dot ? (size_t)(dot + 1 - name) + strcspn(dot + 1, ".") : strlen(name);
        str_printf(out, "%s%.*s", out->size ? " and " : "", (int)n, name);
    }
}

/* What the class or the layout has no place for. */
static void list_lost(const struct class *class, const struct export_source *source,
                      enum export_layout layout, struct str *out) {
    int pairs = objectives_pair_id(config_objectives(source->config));
    for (int i = 0; i < HEADS; i++)
        if (params_find(source->weights->table, heads[i].tensor) &&
            !names_in_layout(class, heads[i].tensor, layout, NULL))
            str_printf(out, "%s%s%s", out->size ? " and " : "",
                       heads[i].words ? heads[i].words : objective_words[pairs].what,
                       heads[i].words ? "" : " head");
    list_unknown(class, source->weights->table, out);
}

static int check_layout(const struct export_source *source, const struct class *class,
                        enum export_layout layout, struct err *err) {
    const char *name = export_layout_names[layout];
    if (class->architectures[layout] == NULL)
        return err_set(err, ERR_DATA,
                       "layout %s: transformers has no such class of kind %s; take "
                       "another layout, or none, which writes all that it has",
                       name, class->kind);
    const char *missing = lacking(class, source->weights->table, layout);
    if (missing == NULL)
        return 0;
    return err_set(
        err, ERR_DATA,
        "layout %s needs %s, which these weights lack (not trained for it?); "
        "%s less",
        name, missing,
        layout == EXPORT_PRETRAINING ? "mlm and encoder need" : "encoder needs");
}

/* Widths that the class cannot have. */
static int check_widths(const struct shape *shape, const struct class *class,
                        struct err *err) {
    const char *kind = model_kinds[shape->kind].name;
    if (class == NULL || shape->A * shape->D != shape->H)
        return err_set(err, ERR_DATA,
                       "transformers has no class for a model of kind %s with %lld "
                       "heads of %lld and hidden size %lld; it can only be used here, "
                       "or trained anew without model.head_size",
                       kind, (long long)shape->A, (long long)shape->D,
                       (long long)shape->H);
    if (shape->E != shape->H && !class->embedding_size)
        return err_set(err, ERR_DATA,
                       "transformers has no class for a model of kind %s with "
                       "embeddings of %lld and hidden size %lld; it can only be used "
                       "here, or trained anew with model.kind electra",
                       kind, (long long)shape->E, (long long)shape->H);
    return 0;
}

/* The activation that the class's masked language head cannot have. */
static int check_activation(const struct shape *shape, const struct class *class,
                            enum export_layout layout, struct err *err) {
    if (shape->gelu == GELU_ERF || !class->head_gelu ||
        !names_in_layout(class, NAMES_MLM_BIAS, layout, NULL))
        return 0;
    return err_set(err, ERR_DATA,
                   "layout %s: %s has gelu in its head, whatever model.activation "
                   "says, which is gelu_tanh; layout encoder goes without that head",
                   export_layout_names[layout], class->architectures[layout]);
}

/* What the parts say about each other, before anything is written. */
static int plan_folder(const struct export_source *source, enum export_layout layout,
                       struct export_plan *plan, struct err *err) {
    const struct params_table *table = source->weights->table;
    const struct shape *shape = source->shape;
    const struct class *class = classes_find(slice_of(model_kinds[shape->kind].name));
    const struct tensor *words = params_find(table, NAMES_WORDS);
    CHECK(words && words->shape[0] == source->shape->V);
    if (check_widths(shape, class, err) < 0)
        return -1;
    if (source->vocab->size != source->shape->V)
        return err_set(err, ERR_DATA,
                       "the word embedding has %lld rows, the vocabulary %d tokens",
                       (long long)source->shape->V, (int)source->vocab->size);
    if (layout == EXPORT_FULLEST)
        layout = fullest(class, table);
    if (check_layout(source, class, layout, err) < 0 ||
        check_activation(shape, class, layout, err) < 0)
        return -1;
    *plan = (struct export_plan){layout, class, class->architectures[layout], {0}};
    list_lost(class, source, layout, &plan->lost);
    return 0;
}

/* ---- its files ---- */

static void put_text(struct json_writer *json, const char *key, const char *text) {
    json_put_string(json, key, slice_of(text));
}

/* A label as JSON can have it. */
static void put_label(struct json_writer *json, const char *key,
                      const struct export_source *source, int i) {
    struct slice words = str_slice(&source->labels[i]);
    json_put_string(json, key, json_is_text(words) ? words : slice_of("?"));
}

/* What the columns of a task's head mean. */
static void put_labels(struct json_writer *json, const struct export_source *source) {
    char number[16];
    put_text(json, "problem_type",
             source->several  ? "multi_label_classification"
             : source->labels ? "single_label_classification"
                              : "regression");
    json_open(json, "id2label", '{');
    for (int i = 0; i < source->label_count; i++) {
        snprintf(number, sizeof number, "%d", i);
        put_label(json, number, source, i);
    }
    if (source->labels == NULL)
        put_text(json, "0", "LABEL_0");
    json_close(json, '}');
    json_open(json, "label2id", '{');
    for (int i = 0; i < source->label_count; i++) {
        struct slice words = str_slice(&source->labels[i]);
        json_put_key(json, json_is_text(words) ? words : slice_of("?"));
        json_put_int(json, NULL, i);
    }
    if (source->labels == NULL)
        json_put_int(json, "LABEL_0", 0);
    json_close(json, '}');
}

/* Every field that some reader refuses to start without (Text Embeddings Inference has
 * no defaults; Ollama wants architectures), and id2label for a task alone: llama.cpp
 * would see a classifier. */
static void build_config(struct str *out, const struct export_source *source,
                         const struct export_plan *plan, bool punkt) {
    const struct shape *shape = source->shape;
    const struct config *config = source->config;
    struct json_writer json = {.out = out};
    json_open(&json, NULL, '{');
    json_open(&json, "architectures", '[');
    put_text(&json, NULL, plan->architecture);
    json_close(&json, ']');
    put_text(&json, "model_type", plan->class->kind);
    json_put_int(&json, "vocab_size", shape->V);
    if (plan->class->embedding_size)
        json_put_int(&json, "embedding_size", shape->E);
    json_put_int(&json, "hidden_size", shape->H);
    json_put_int(&json, "num_hidden_layers", shape->L);
    json_put_int(&json, "num_attention_heads", shape->A);
    json_put_int(&json, "intermediate_size", shape->F);
    put_text(&json, "hidden_act",
             shape->gelu == GELU_TANH ? "gelu_pytorch_tanh" : "gelu");
    json_put_real(&json, "hidden_dropout_prob", config->model_hidden_dropout);
    json_put_real(&json, "attention_probs_dropout_prob",
                  config->model_attention_dropout);
    json_put_int(&json, "max_position_embeddings", shape->P);
    json_put_int(&json, "type_vocab_size", shape->S);
    json_put_real(&json, "initializer_range", config->model_init_range);
    json_put_real(&json, "layer_norm_eps", shape->norm_eps);
    json_put_int(&json, "pad_token_id", source->vocab->pad);
    put_text(&json, "position_embedding_type", "absolute");
    json_put_bool(&json, "use_cache", true);
    json_put_null(&json, "classifier_dropout");
    json_put_bool(&json, "tie_word_embeddings", true);
    put_text(&json, "torch_dtype", "float32");
    if (plan->layout == EXPORT_CLASSIFY || plan->layout == EXPORT_TAG)
        put_labels(&json, source);
    text_options_put(&json, config, punkt);
    json_close(&json, '}');
    str_append_char(out, '\n');
}

static int write_config(const struct export_source *source,
                        const struct export_plan *plan, const char *dir,
                        struct err *err) {
    struct str path = {0}, text = {0};
    int punkt = text_options_copy_punkt(source->config, dir, err);
    if (punkt < 0)
        return -1;
    str_printf(&path, "%s/config.json", dir);
    build_config(&text, source, plan, punkt == 1);
    int rc = file_write_atomic(path.data, text.data, text.size, err);
    str_fini(&path);
    str_fini(&text);
    return rc;
}

static int write_tokenizer(const struct export_source *source, const char *dir,
                           struct err *err) {
    const struct config *config = source->config;
    if (config->data_dotted_i == 1)
        log_info("data.dotted_i is true: tokenizer.json has it; what reads vocab.txt "
                 "alone makes other words of I and \u0130");
    struct tokenizer_flags flags = {.clean_text = config->data_clean_text,
                                    .chinese_chars = config->data_chinese_chars,
                                    .lowercase = config->data_lowercase,
                                    .dotted_i = config->data_dotted_i == 1,
                                    .strip_accents = config->data_strip_accents};
    return tokenizer_json_write(dir, source->vocab, &flags, source->shape->P, err);
}

static int write_card(const struct export_source *source,
                      const struct export_plan *plan, const char *dir,
                      struct err *err) {
    struct str path = {0}, text = {0};
    str_printf(&path, "%s/README.md", dir);
    card_write(source, plan, &text);
    int rc = file_write_atomic(path.data, text.data, text.size, err);
    str_fini(&path);
    str_fini(&text);
    return rc;
}

/* The layout's tensors under their names, which lie in *names; returns how many. */
static int list_items(const struct params *weights, const struct export_plan *plan,
                      struct safetensors_item *items, struct arena *names) {
    const struct params_table *table = weights->table;
    struct str name = {0};
    int count = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        if (names_in_layout(plan->class, tensor->name, plan->layout, &name))
            items[count++] = (struct safetensors_item){
                arena_copy(names, name.data, name.size), tensor->rank, tensor->shape,
                weights->data + tensor->offset, tensor->count};
    }
    str_fini(&name);
    return count;
}

static int write_weights(const struct export_source *source,
                         const struct export_plan *plan, const char *dir,
                         struct err *err) {
    const struct params *weights = source->weights;
    struct safetensors_item *items =
        mem_alloc((size_t)weights->table->count, sizeof *items);
    struct arena names = {0};
    struct str path = {0};
    int count = list_items(weights, plan, items, &names);
    str_printf(&path, "%s/model.safetensors", dir);
    int rc = safetensors_write(path.data, items, count, err);
    str_fini(&path);
    arena_fini(&names);
    mem_free(items);
    return rc;
}

static int write_folder(const struct export_source *source,
                        const struct export_plan *plan, const char *dir,
                        struct err *err) {
    if (file_make_folder(dir, err) < 0 || write_config(source, plan, dir, err) < 0 ||
        write_tokenizer(source, dir, err) < 0 ||
        write_card(source, plan, dir, err) < 0 ||
        write_weights(source, plan, dir, err) < 0)
        return -1;
    return 0;
}

/* ---- whose folder it is ---- */

static bool is_folder(const char *dir) {
    struct str path = {0};
    str_printf(&path, "%s/config.json", dir);
    bool there = fs->access(path.data, F_OK) == 0;
    str_fini(&path);
    return there;
}

static bool is_our_folder(const char *dir) {
    struct str path = {0};
    str_printf(&path, "%s/config.json", dir);
    struct json *root = json_parse_file(path.data, CONFIG_BYTES, NULL);
    bool ours = json_get(root, TEXT_OPTIONS_KEY) != NULL;
    json_free(root);
    str_fini(&path);
    return ours;
}

const struct format huggingface_format = {
    .name = "huggingface",
    .what = "a folder for transformers",
    .files = files,
    .plan = plan_folder,
    .write = write_folder,
    .is = is_folder,
    .is_ours = is_our_folder,
    .read_header = huggingface_read_header,
    .read_weights = weights_read,
};
