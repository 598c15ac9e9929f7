/* SPDX-License-Identifier: Apache-2.0 */
/* The model card: see card.h.  Everything in it is taken from the checkpoint, so that
 * two exports of the same state are the same file: no dates, no host names, no paths.
 */
#include "io/convert/card.h"

#include <inttypes.h>
#include <string.h>

#include "io/convert/names.h"

static const struct usage {
    const char *pipeline, *class, *purpose;
} usages[] = {
    [EXPORT_PRETRAINING] =
        {"fill-mask", "BertForPreTraining",
         "with the heads of masked language modelling and next sentence "
         "prediction"},
    [EXPORT_MLM] = {"fill-mask", "BertForMaskedLM",
                    "with the head of masked language modelling"},
    [EXPORT_ENCODER] = {"feature-extraction", "BertModel", "without pretraining heads"},
};

static void write_front(const struct usage *usage, struct str *out) {
    str_printf(out,
               "---\n"
               "library_name: transformers\n"
               "pipeline_tag: %s\n"
               "tags:\n"
               "- bert\n"
               "- masked-lm\n"
               "- mpibert\n"
               "- cpu-pretrained\n"
               "---\n\n",
               usage->pipeline);
}

static uint64_t count_parameters(const struct params_table *table,
                                 enum export_layout layout) {
    uint64_t total = 0;
    for (int i = 0; i < table->count; i++)
        if (names_in_layout(table->tensors[i].name, layout))
            total += table->tensors[i].count;
    return total;
}

static void write_model(const struct export_source *source, const struct usage *usage,
                        uint64_t parameters, struct str *out) {
    const struct shape *shape = source->shape;
    str_printf(
        out,
        "# BERT, pretrained with mpiBERT\n\n"
        "A BERT encoder %s, saved as `%s`.\n"
        "Licence, language and corpus are not stated here, because the program that "
        "wrote this page\nwas not told them: whoever publishes the model should.\n\n"
        "## Model\n\n"
        "| | |\n|---|---|\n"
        "| layers | %" PRId64 " |\n"
        "| hidden size | %" PRId64 " |\n"
        "| attention heads | %" PRId64 " |\n"
        "| feed-forward size | %" PRId64 " |\n"
        "| positions | %" PRId64 " |\n"
        "| activation | %s |\n"
        "| parameters | %" PRIu64 " |\n\n",
        usage->purpose, usage->class, shape->L, shape->H, shape->A, shape->F, shape->P,
        shape->gelu == GELU_TANH ? "gelu (tanh form)" : "gelu (erf form)", parameters);
}

static void write_tokenizer(const struct export_source *source, struct str *out) {
    const struct config *config = source->config;
    int strip = config->data_strip_accents;
    bool strips = strip < 0 ? config->data_lowercase : strip;
    str_printf(out,
               "## Tokenizer\n\n"
               "WordPiece, %d tokens, %s; accents are %s.\n\n",
               (int)source->vocab->size,
               config->data_lowercase ? "uncased (text is lower-cased)" : "cased",
               strips ? "stripped" : "kept");
}

/* What decided the result.  Texts are left out: they are paths on somebody's disk. */
static void write_options(const struct config *config, struct str *out) {
    struct str value = {0};
    str_printf(out, "| option | value |\n|---|---|\n");
    for (int i = 0; i < config_option_count; i++) {
        const struct option *option = &config_options[i];
        if (option->resume != OPTION_FIXED || option->type == OPTION_TEXT ||
            option->type == OPTION_FILE)
            continue;
        str_clear(&value);
        config_print(config, option, &value);
        if (strcmp(value.data, "null") != 0)
            str_printf(out, "| %s | %s |\n", option->key, value.data);
    }
    str_printf(out, "\n");
    str_fini(&value);
}

static void write_training(const struct export_source *source, struct str *out) {
    str_printf(out, "## Training\n\n");
    if (source->step == 0) {
        str_printf(out,
                   "These weights have not been trained by mpiBERT (step 0): they were "
                   "imported or are\nthe first weights of a run.\n\n");
    } else {
        str_printf(
            out, "%" PRId64 " optimizer steps over %" PRIu64 " tokens, on CPUs, %s.\n",
            source->step, source->tokens,
            source->config->train_init_from ? "continuing from given weights"
                                            : "from random weights");
        if (source->state_hash)
            str_printf(out, "Hash of weights and moments: `%s`.\n", source->state_hash);
        str_printf(out, "\n");
        write_options(source->config, out);
    }
}

static void write_use(const struct usage *usage, bool pooler_lacks, struct str *out) {
    str_printf(
        out,
        "## Use\n\n"
        "```python\n"
        "from transformers import AutoTokenizer, %s\n\n"
        "tokenizer = AutoTokenizer.from_pretrained(\"DIR\")\n"
        "model = %s.from_pretrained(\"DIR\"%s)\n"
        "```\n\n"
        "`mpibert import DIR CHECKPOINT` makes it a checkpoint again.\n\n"
        "## Limits\n\n"
        "A pretrained encoder repeats what its corpus says, biases included, and has "
        "not been\nadapted to any task.  Written by mpiBERT " MPIBERT_VERSION ".\n",
        usage->class, usage->class, pooler_lacks ? ", add_pooling_layer=False" : "");
}

void card_write(const struct export_source *source, enum export_layout layout,
                struct str *out) {
    const struct params_table *table = source->weights->table;
    const struct usage *usage = &usages[layout];
    bool pooler_lacks = layout == EXPORT_ENCODER && !params_find(table, NAMES_POOLER);
    write_front(usage, out);
    write_model(source, usage, count_parameters(table, layout), out);
    write_tokenizer(source, out);
    write_training(source, out);
    write_use(usage, pooler_lacks, out);
}
