/* SPDX-License-Identifier: Apache-2.0 */
/* A Hugging Face folder's words: config.json and the tokenizer files; see
 * huggingface.h. (The numbers: weights.c.)  What the model class cannot be is refused
 * by name; a field that is absent has the value that transformers gives it. */
#include "io/convert/huggingface.h"

#include <stdio.h>
#include <string.h>

#include "io/convert/names.h"
#include "io/convert/text_options.h"
#include "io/convert/tokenizer_read.h"
#include "io/convert/weights.h"
#include "io/syntax/json.h"
#include "src/base/mem.h"

enum { CONFIG_BYTES = 16 << 20 };

/* A folder's config.json and where its values go. */
struct reading {
    const char *path;
    const struct json *root;
    struct config *config;
    const struct class *class;
};

/* Sets our key from a field of the file, which becomes the value's origin. */
static int set(const struct reading *reading, const char *field, const char *key,
               const char *text, struct err *err) {
    struct str origin = {0};
    str_printf(&origin, "%s: %s", reading->path, field);
    int rc = config_set(reading->config, key, text, origin.data, err);
    str_fini(&origin);
    if (rc < 0 && err)
        err->code = ERR_DATA; /* a fault of the file, not of the user's configuration */
    return rc;
}

/* ---- numbers ---- */

static const struct number {
    const char *field, *key;
    const char *fallback; /* NULL: must be there */
} numbers[] =
    {
        {"num_hidden_layers", "model.layers", NULL},
        {"hidden_size", "model.hidden", NULL},
        {"num_attention_heads", "model.heads", NULL},
        {"intermediate_size", "model.ffn", NULL},
        {"max_position_embeddings", "model.max_positions", "512"},
        {"hidden_dropout_prob", "model.hidden_dropout", "0.1"},
        {"attention_probs_dropout_prob", "model.attention_dropout", "0.1"},
        {"layer_norm_eps", "model.norm_eps", "1e-12"},
        {"initializer_range", "model.init_range", "0.02"},
},
  embedding = {"embedding_size", "model.embedding_size", "128"};

static int set_number(const struct reading *reading, const struct number *number,
                      struct err *err) {
    const struct json *value = json_get(reading->root, number->field);
    char text[40];
    double real;
    if (value == NULL && number->fallback)
        return set(reading, number->field, number->key, number->fallback, err);
    if (json_get_real(value, &real) < 0)
        return err_set(err, ERR_DATA, "%s: %s %s", reading->path, number->field,
                       value ? "is not a number" : "is missing");
    int64_t whole;
    if (json_get_int(value, &whole) == 0)
        snprintf(text, sizeof text, "%lld", (long long)whole);
    else
        snprintf(text, sizeof text, "%.17g", real);
    return set(reading, number->field, number->key, text, err);
}

/* The preset whose sizes these are, so that the configuration reads well. */
static int set_preset(const struct reading *reading, struct err *err) {
    const struct config *config = reading->config;
    for (const struct shape_preset *p = shape_presets; p->name; p++)
        if (config->model_layers == p->L && config->model_hidden == p->H &&
            config->model_heads == p->A && config->model_ffn == p->F)
            return set(reading, "sizes", "model.preset", p->name, err);
    return 0;
}

static int set_numbers(const struct reading *reading, struct err *err) {
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (set_number(reading, &numbers[i], err) < 0)
            return -1;
    if (reading->class->embedding_size && set_number(reading, &embedding, err) < 0)
        return -1;
    const struct config *config = reading->config;
    if (config->model_hidden % config->model_heads != 0)
        return err_set(
            err, ERR_DATA,
            "%s: hidden_size %lld is no multiple of num_attention_heads %lld",
            reading->path, (long long)config->model_hidden,
            (long long)config->model_heads);
    return set_preset(reading, err);
}

/* ---- what kind of model ---- */

static const struct {
    const char *theirs, *ours;
} activations[] = {
    {"gelu", "gelu"},
    {"gelu_python", "gelu"},
    {"gelu_new", "gelu_tanh"},
    {"gelu_pytorch_tanh", "gelu_tanh"},
};

static int set_activation(const struct reading *reading, struct err *err) {
    struct slice name = slice_of("gelu");
    const struct json *value = json_get(reading->root, "hidden_act");
    if (value && json_get_string(value, &name) < 0)
        return err_set(err, ERR_DATA, "%s: hidden_act is not a string", reading->path);
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (slice_equal(name, slice_of(activations[i].theirs)))
            return set(reading, "hidden_act", "model.activation", activations[i].ours,
                       err);
    return err_set(
        err, ERR_DATA,
        "%s: hidden_act %.60s is not one of gelu, gelu_new, gelu_pytorch_tanh",
        reading->path, name.data);
}

/* `field` must be absent or the string `want`. */
static int expect_text(const struct reading *reading, const char *field,
                       const char *want, struct err *err) {
    const struct json *value = json_get(reading->root, field);
    struct slice got = {"of another type", 15};
    if (value == NULL ||
        (json_get_string(value, &got) == 0 && slice_equal(got, slice_of(want))))
        return 0;
    return err_set(err, ERR_DATA, "%s: %s is %.60s; mpibert reads %s alone",
                   reading->path, field, got.data, want);
}

/* Told by model_type; by the architecture in old files that lack it; else it is BERT.
 */
static int find_class(struct reading *reading, struct err *err) {
    const struct json *type = json_get(reading->root, "model_type");
    const struct json *first = json_at(json_get(reading->root, "architectures"), 0);
    struct slice word = slice_of("bert");
    struct str known = {0};
    if (json_get_string(type, &word) == 0)
        reading->class = classes_find(word);
    else if (type == NULL && json_get_string(first, &word) == 0)
        reading->class = classes_of(word);
    else if (type == NULL)
        reading->class = classes_find(word);
    if (reading->class)
        return 0;
    classes_list(&known);
    err_set(err, ERR_DATA, "%s: %s is %.60s; the kinds that mpibert reads are %s",
            reading->path, type ? "model_type" : "its architecture",
            type && json_kind(type) != JSON_KIND_STRING ? "no string" : word.data,
            known.data);
    str_fini(&known);
    return -1;
}

static int check_kind(const struct reading *reading, struct err *err) {
    bool decoder = false, cross = false;
    int64_t segments = 2;
    json_get_bool(json_get(reading->root, "is_decoder"), &decoder);
    json_get_bool(json_get(reading->root, "add_cross_attention"), &cross);
    if (decoder || cross)
        return err_set(
            err, ERR_DATA,
            "%s: is_decoder or add_cross_attention is true; mpibert has encoders "
            "alone",
            reading->path);
    const struct json *value = json_get(reading->root, "type_vocab_size");
    if (value && (json_get_int(value, &segments) < 0 || segments != 2))
        return err_set(err, ERR_DATA, "%s: type_vocab_size is not 2", reading->path);
    return expect_text(reading, "position_embedding_type", "absolute", err);
}

/* What of reading text follows from the model alone, and then what the folder tells. */
static int set_text(const struct reading *reading, const char *dir, struct err *err) {
    struct config *config = reading->config;
    char longest[32];
    snprintf(longest, sizeof longest, "%lld", (long long)config->model_max_positions);
    if (config->train_sequence_length > config->model_max_positions &&
        set(reading, "max_position_embeddings", "train.sequence_length", longest, err) <
            0)
        return -1;
    if (text_options_read(reading->root, dir, config, err) < 0)
        return -1;
    if (config->train_sequence_length > config->model_max_positions)
        return err_set(err, ERR_DATA,
                       "%s: " TEXT_OPTIONS_KEY ": train.sequence_length %lld is over "
                       "max_position_embeddings %s",
                       reading->path, (long long)config->train_sequence_length,
                       longest);
    return 0;
}

/* The words of a task's labels, where there are some: id2label has "0", "1", … */
static int read_labels(const struct reading *reading, struct import_header *header,
                       struct err *err) {
    const struct json *words = json_get(reading->root, "id2label");
    const struct json *first = json_at(json_get(reading->root, "architectures"), 0);
    struct slice problem = {NULL, 0}, word;
    int count = (int)json_count(words);
    header->labels = mem_alloc((size_t)count, sizeof *header->labels);
    json_get_string(json_get(reading->root, "problem_type"), &problem);
    header->layout = EXPORT_LAYOUTS;
    if (json_get_string(first, &word) == 0)
        header->layout = classes_layout(word);
    header->regression = slice_equal(problem, slice_of("regression"));
    header->several = slice_equal(problem, slice_of("multi_label_classification"));
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        if (json_get_string(json_get(words, key), &word) < 0)
            return err_set(err, ERR_DATA, "%s: id2label has no label \"%s\"",
                           reading->path, key);
        str_append(&header->labels[header->label_count++], word.data, word.size);
    }
    return 0;
}

/* *told: how examples are packed. */
static int read_config(const char *dir, struct config *config,
                       struct import_header *header, bool *told, struct err *err) {
    struct str path = {0};
    str_printf(&path, "%s/config.json", dir);
    struct json *root = json_parse_file(path.data, CONFIG_BYTES, err);
    struct reading reading = {path.data, root, config, NULL};
    int rc = root ? 0 : -1;
    if (rc == 0 && json_kind(root) != JSON_KIND_OBJECT)
        rc = err_set(err, ERR_DATA, "%s: is not a JSON object", path.data);
    if (rc == 0)
        rc = find_class(&reading, err);
    if (rc == 0)
        rc = set(&reading, "model_type", "model.kind", reading.class->kind, err);
    if (rc == 0)
        rc = check_kind(&reading, err);
    if (rc == 0)
        rc = set_numbers(&reading, err);
    if (rc == 0)
        rc = set_activation(&reading, err);
    if (rc == 0 && json_get_int(json_get(root, "vocab_size"), &header->vocab_rows) < 0)
        rc = err_set(err, ERR_DATA, "%s: vocab_size is missing or no integer",
                     path.data);
    if (rc == 0)
        rc = read_labels(&reading, header, err);
    if (rc == 0)
        rc = set_text(&reading, dir, err);
    header->class = reading.class;
    *told = json_get(json_get(root, TEXT_OPTIONS_KEY), "data.packing") != NULL;
    json_free(root);
    str_fini(&path);
    return rc;
}

/* ---- the tokenizer ---- */

static const char *const truths[] = {"null", "false", "true"}; /* -1, 0, 1 */

static int set_flags(const struct reading *reading, const struct tokenizer_flags *flags,
                     struct err *err) {
    const struct {
        const char *field, *key;
        int value;
    } rows[] = {
        {"lowercase", "data.lowercase", flags->lowercase},
        {"clean_text", "data.clean_text", flags->clean_text},
        {"handle_chinese_chars", "data.chinese_chars", flags->chinese_chars},
        {"strip_accents", "data.strip_accents", flags->strip_accents},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (set(reading, rows[i].field, rows[i].key, truths[1 + rows[i].value], err) <
            0)
            return -1;
    return flags->dotted_i ? set(reading, "normalizer", "data.dotted_i", "true", err)
                           : 0;
}

/* But for names and ranks that no tensor of ours has. */
static void list_tensors(const struct weights *weights, struct params_table *table) {
    for (int i = 0; i < weights->file.count; i++) {
        const struct safetensors_entry *entry = &weights->file.entries[i];
        const char *name = weights->names[i];
        if (strlen(name) < TENSOR_NAME_SIZE && (entry->rank == 1 || entry->rank == 2))
            params_table_add(table, name, entry->shape[0],
                             entry->rank == 2 ? entry->shape[1] : 0, FIRST_ZERO, false);
    }
}

/* The class computes its masked language head with gelu, whatever hidden_act says; ours
 * has the activation of the encoder. */
static int check_head(const struct reading *reading, const struct import_header *header,
                      struct err *err) {
    if (!header->class->head_gelu ||
        strcmp(reading->config->model_activation, "gelu") == 0 ||
        params_find(&header->tensors, NAMES_MLM_BIAS) == NULL)
        return 0;
    return err_set(err, ERR_DATA,
                   "%s/config.json: hidden_act is not gelu, which the masked language "
                   "head has in class %s; mpibert has one activation in a model",
                   reading->path, header->class->architectures[EXPORT_MLM]);
}

static bool has_pairs(const struct params_table *table) {
    return params_find(table, NAMES_POOLER) || params_find(table, NAMES_NSP);
}

/* What config.json, the vocabulary and the weights say about each other. */
static int check_rows(const char *dir, struct import_header *header, struct err *err) {
    struct weights weights;
    if (weights_open(&weights, dir, header->class, err) < 0)
        return -1;
    const struct safetensors_entry *words = weights_find(&weights, NAMES_WORDS);
    list_tensors(&weights, &header->tensors);
    size_t tokens = 0;
    struct slice rest = str_slice(&header->vocab), line;
    while (slice_line(&rest, &line))
        tokens++;
    int rc = 0;
    if (words == NULL || words->rank != 2)
        rc = err_set(err, ERR_DATA, "%s: has no %s", weights.file.path, NAMES_WORDS);
    else if (words->shape[0] != header->vocab_rows)
        rc = err_set(err, ERR_DATA,
                     "%s: %s has %lld rows, but %s/config.json says "
                     "vocab_size %lld",
                     weights.file.path, NAMES_WORDS, (long long)words->shape[0], dir,
                     (long long)header->vocab_rows);
    else if ((size_t)words->shape[0] < tokens)
        rc = err_set(
            err, ERR_DATA, "%s: %s has %lld rows for a vocabulary of %zu tokens",
            weights.file.path, NAMES_WORDS, (long long)words->shape[0], tokens);
    weights_close(&weights);
    return rc;
}

int huggingface_read_header(const char *dir, struct config *config,
                            struct import_header *header, struct err *err) {
    const struct reading folder = {.path = dir, .config = config};
    struct tokenizer_flags flags;
    bool told;
    *header = (struct import_header){0};
    int rc = read_config(dir, config, header, &told, err);
    if (rc == 0)
        rc = tokenizer_read(dir, &flags, &header->vocab, err);
    if (rc == 0)
        rc = set_flags(&folder, &flags, err);
    if (rc == 0)
        rc = check_rows(dir, header, err);
    if (rc == 0)
        rc = check_head(&folder, header, err);
    if (rc == 0 && !told)
        rc = set(&folder, "model.safetensors", "data.packing",
                 has_pairs(&header->tensors) ? "pairs" : "doc_sentences", err);
    if (rc < 0)
        import_header_fini(header);
    return rc;
}
