/* SPDX-License-Identifier: Apache-2.0 */
/* A Hugging Face folder out of a checkpoint: see convert.h.  model.safetensors holds
 * format and weights alone: where they came from stands in README.md, so that import
 * and export again give the same bytes.  The weights come last: a new folder that an
 * interrupted export left behind loads nowhere. */
#include "io/convert/convert.h"

#include <string.h>

#include "io/convert/card.h"
#include "io/convert/names.h"
#include "io/convert/safetensors.h"
#include "io/convert/text_options.h"
#include "io/convert/tokenizer_json.h"
#include "io/syntax/json.h"
#include "src/base/die.h"
#include "src/base/file.h"
#include "src/base/log.h"
#include "src/base/mem.h"

static const struct layout {
    const char *name, *class;
    const char *needs[3]; /* tensors without which it is not this layout */
} layouts[] = {
    [EXPORT_PRETRAINING] = {"pretraining",
                            "BertForPreTraining",
                            {NAMES_MLM_BIAS, NAMES_POOLER, NAMES_NSP}},
    [EXPORT_MLM] = {"mlm", "BertForMaskedLM", {NAMES_MLM_BIAS}},
    [EXPORT_ENCODER] = {"encoder", "BertModel", {NAMES_WORDS}},
};

int export_layout_parse(const char *name, enum export_layout *layout, struct err *err) {
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(name, layouts[i].name) == 0) {
            *layout = (enum export_layout)i;
            return 0;
        }
    return err_set(err, ERR_USAGE, "layout '%s': is not pretraining, mlm or encoder",
                   name);
}

const char *export_layout_class(enum export_layout layout) {
    return layouts[layout].class;
}

/* Heads by their weights, in the order in which they are told. */
static const struct head {
    const char *tensor, *words;
} heads[] = {{NAMES_POOLER, "pooler"},
             {NAMES_NSP, "next sentence head"},
             {NAMES_MLM_BIAS, "masked language head"}};

void export_dropped(const struct params_table *table, enum export_layout layout,
                    struct str *out) {
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (params_find(table, heads[i].tensor) &&
            !names_in_layout(heads[i].tensor, layout))
            str_printf(out, "%s%s", out->size ? " and " : "", heads[i].words);
}

/* What the parts say about each other, before anything is written. */
int export_check(const struct export_source *source, enum export_layout which,
                 struct err *err) {
    const struct layout *layout = &layouts[which];
    const struct params_table *table = source->weights->table;
    for (int i = 0; i < 3 && layout->needs[i]; i++)
        if (!params_find(table, layout->needs[i]))
            return err_set(
                err, ERR_DATA,
                "layout %s needs %s, which these weights lack (trained without "
                "sentence pairs?); mlm and encoder need less",
                layout->name, layout->needs[i]);
    const struct tensor *words = params_find(table, NAMES_WORDS);
    CHECK(words && words->shape[0] == source->shape->V);
    if (source->vocab->size != source->shape->V)
        return err_set(err, ERR_DATA,
                       "the word embedding has %lld rows, the vocabulary %d tokens",
                       (long long)source->shape->V, (int)source->vocab->size);
    return 0;
}

static void put_text(struct json_writer *json, const char *key, const char *text) {
    json_put_string(json, key, slice_of(text));
}

/* Every field that some reader refuses to start without (Text Embeddings Inference has
 * no defaults; Ollama wants architectures), and no id2label: llama.cpp would see a
 * classifier. */
static void build_config(struct str *out, const struct export_source *source,
                         const char *architecture, bool punkt) {
    const struct shape *shape = source->shape;
    const struct config *config = source->config;
    struct json_writer json = {.out = out};
    json_open(&json, NULL, '{');
    json_open(&json, "architectures", '[');
    put_text(&json, NULL, architecture);
    json_close(&json, ']');
    put_text(&json, "model_type", "bert");
    json_put_int(&json, "vocab_size", shape->V);
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
    text_options_put(&json, config, punkt);
    json_close(&json, '}');
    str_append_char(out, '\n');
}

static int write_config(const struct export_source *source, const struct layout *layout,
                        const char *dir, struct err *err) {
    struct str path = {0}, text = {0};
    int punkt = text_options_copy_punkt(source->config, dir, err);
    if (punkt < 0)
        return -1;
    str_printf(&path, "%s/config.json", dir);
    build_config(&text, source, layout->class, punkt == 1);
    int rc = file_write_atomic(path.data, text.data, text.size, err);
    str_fini(&path);
    str_fini(&text);
    return rc;
}

static int write_tokenizer(const struct export_source *source, const char *dir,
                           struct err *err) {
    const struct config *config = source->config;
    if (config->data_dotted_i == 1)
        log_warn("%s: data.dotted_i is true: the tokenizers of Hugging Face read I and "
                 "\u0130 another way; give them text that is lower-cased as Turkish is",
                 dir);
    struct tokenizer_flags flags = {.clean_text = config->data_clean_text,
                                    .chinese_chars = config->data_chinese_chars,
                                    .lowercase = config->data_lowercase,
                                    .strip_accents = config->data_strip_accents};
    return tokenizer_json_write(dir, source->vocab, &flags, source->shape->P, err);
}

static int write_card(const struct export_source *source, enum export_layout layout,
                      const char *dir, struct err *err) {
    struct str path = {0}, text = {0};
    str_printf(&path, "%s/README.md", dir);
    card_write(source, layout, &text);
    int rc = file_write_atomic(path.data, text.data, text.size, err);
    str_fini(&path);
    str_fini(&text);
    return rc;
}

static int write_weights(const struct export_source *source, enum export_layout layout,
                         const char *dir, struct err *err) {
    const struct params *weights = source->weights;
    const struct params_table *table = weights->table;
    struct safetensors_item *items = mem_alloc((size_t)table->count, sizeof *items);
    int count = 0;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        const char *name = names_in_layout(tensor->name, layout);
        if (name)
            items[count++] = (struct safetensors_item){
                name, tensor->rank, tensor->shape, weights->data + tensor->offset,
                tensor->count};
    }
    struct str path = {0};
    str_printf(&path, "%s/model.safetensors", dir);
    int rc = safetensors_write(path.data, items, count, err);
    str_fini(&path);
    mem_free(items);
    return rc;
}

int export_huggingface(const struct export_source *source, enum export_layout layout,
                       const char *dir, struct err *err) {
    if (export_check(source, layout, err) < 0 || file_make_folder(dir, err) < 0 ||
        write_config(source, &layouts[layout], dir, err) < 0 ||
        write_tokenizer(source, dir, err) < 0 ||
        write_card(source, layout, dir, err) < 0 ||
        write_weights(source, layout, dir, err) < 0)
        return -1;
    return 0;
}
