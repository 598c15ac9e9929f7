/* SPDX-License-Identifier: Apache-2.0 */
/* The model card: see card.h.  Everything in it is taken from the checkpoint, so that
 * two exports of the same state are the same file: no dates, no host names, no
 * paths. */
#include "io/convert/card.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "io/convert/names.h"
#include "io/syntax/json.h"
#include "src/base/file.h"
#include "src/core/phases.h"

static const struct usage {
    const char *pipeline, *purpose;
} usages[EXPORT_LAYOUTS] = {
    [EXPORT_PRETRAINING] = {"fill-mask",
                            "with the heads of masked language modelling and "},
    [EXPORT_MLM] = {"fill-mask", "with the head of masked language modelling"},
    [EXPORT_ENCODER] = {"feature-extraction", "without pretraining heads"},
    [EXPORT_CLASSIFY] = {"text-classification", "with a head that judges texts"},
    [EXPORT_TAG] = {"token-classification", "with a head that labels words"},
    [EXPORT_CHOOSE] = {"multiple-choice", "with a head that chooses among texts"},
    [EXPORT_ANSWER] = {"question-answering", "with a head that finds answers in texts"},
};

/* Of what has that head in the place of the others. */
static const struct usage detector = {"feature-extraction",
                                      "with the head of replaced token detection"};

static bool detects(const struct export_plan *plan) {
    return names_in_layout(plan->class, NAMES_RTD, plan->layout, NULL);
}

/* Of what has a head that learnt nothing. */
static const struct usage untrained = {
    "feature-extraction",
    "with a head of masked language modelling that was not trained"};

/* Whether it was pretrained, here, and never to tell masked tokens. */
static bool is_blank(const struct export_source *source) {
    return source->task == NULL && source->step > 0 &&
           !config_learns_tokens(source->config);
}

static const struct usage *usage_of(const struct export_source *source,
                                    const struct export_plan *plan) {
    if (detects(plan))
        return &detector;
    if (plan->layout <= EXPORT_MLM && is_blank(source))
        return &untrained;
    return &usages[plan->layout];
}

static const struct story no_story;

static const struct story *story_of(const struct export_source *source) {
    return source->story ? source->story : &no_story;
}

/* A text as YAML and JSON both quote it: "no" is a language and no truth value. */
static void put_quoted(struct slice text, struct str *out) {
    struct json_writer json = {.out = out};
    json_put_string(&json, NULL, json_is_text(text) ? text : slice_of("?"));
}

/* Of a path or pattern what says what it is and not whose: folders stay at home, but
 * for the last where the name is a mere pattern. */
static struct slice name_of(const char *path) {
    const char *base = file_base_name(path);
    if (*base == '*' && base - path > 1) {
        const char *from = base - 1;
        while (from > path && from[-1] != '/')
            from--;
        return slice_of(from);
    }
    return slice_of(base);
}

/* Of what was trained here; of an import nobody told. */
static void write_languages(const struct export_source *source, struct str *out) {
    const struct config *config = source->config;
    if (source->step == 0)
        return;
    struct slice rest = slice_of(config->data_language), language;
    str_printf(out, "language:\n");
    while (slice_field(&rest, ',', &language)) {
        str_printf(out, "- ");
        put_quoted(language, out);
        str_printf(out, "\n");
    }
}

static void put_heldout_names(const struct config *config, struct str *out) {
    struct str names = {0};
    for (int i = 0; i < config->heldout_count; i++) {
        struct slice name = name_of(config->heldout[i].path);
        str_printf(&names, "%s%.*s", i ? ", " : "", (int)name.size, name.data);
    }
    put_quoted(names.size ? str_slice(&names) : slice_of("held-out text"), out);
    str_fini(&names);
}

/* A result of the model-index: a task, and loss and accuracy in it. */
static void write_result(const struct config *config, int id, const struct mean *mean,
                         struct str *out) {
    bool pairs = objective_words[id].packing;
    str_printf(out, "  - task:\n      type: %s\n      name: %s%s\n",
               pairs                 ? "text-classification"
               : id == OBJECTIVE_RTD ? "token-classification"
                                     : "fill-mask",
               objective_words[id].what, pairs ? " prediction" : "");
    str_printf(out, "    dataset:\n      type: text\n      name: ");
    put_heldout_names(config, out);
    str_printf(out,
               "\n    metrics:\n    - type: loss\n      name: cross entropy in nats\n"
               "      value: %.6g\n    - type: accuracy\n      name: accuracy\n"
               "      value: %.6g\n",
               mean->loss, mean->accuracy);
}

/* Of a run with two models the results of the one that is written. */
static bool is_measured(const struct export_source *source, int id) {
    return story_of(source)->of[id].count > 0 &&
           objectives_has(config_objectives(source->config), id);
}

/* A tensor of an objective's head; NULL: no class has such a head. */
static const char *head_of(int id) {
    return objective_words[id].packing ? NAMES_NSP
           : id == OBJECTIVE_MLM       ? NAMES_MLM_BIAS
           : id == OBJECTIVE_RTD       ? NAMES_RTD
                                       : NULL;
}

/* What the folder can be asked again. */
static bool goes_along(const struct export_source *source,
                       const struct export_plan *plan, int id) {
    const char *head = head_of(id);
    return head && params_find(source->weights->table, head) &&
           names_in_layout(plan->class, head, plan->layout, NULL);
}

/* Of what goes along alone: others read it as what this model can do. */
static void write_index(const struct export_source *source,
                        const struct export_plan *plan, struct str *out) {
    const struct story *story = story_of(source);
    struct str results = {0};
    for (int i = 0; story->evaluated && i < OBJECTIVES; i++)
        if (is_measured(source, i) && goes_along(source, plan, i))
            write_result(source->config, i, &story->of[i], &results);
    if (results.size > 0)
        str_printf(
            out, "model-index:\n- name: BERT L%" PRId64 " H%" PRId64 "\n  results:\n%s",
            source->shape->L, source->shape->H, results.data);
    str_fini(&results);
}

/* Where in which run it stands, for programs: of snapshots there are many. */
static void write_place(const struct export_source *source, struct str *out) {
    const struct config *config = source->config;
    if (source->task || config->source_count == 0)
        return;
    str_printf(out,
               "mpibert:\n  seed: %" PRId64 "\n  step: %" PRId64 "\n  tokens: %" PRIu64
               "\n  phase: %d\n",
               config->train_seed, source->step, source->tokens,
               phases_find(config, source->step) + 1);
    if (source->story)
        str_printf(out, "  learning_rate: %.6g\n", source->story->rate);
    if (source->state_hash)
        str_printf(out, "  state_hash: \"%s\"\n", source->state_hash);
}

static void write_front(const struct export_source *source,
                        const struct export_plan *plan, struct str *out) {
    const struct story *story = story_of(source);
    str_printf(out, "---\n");
    write_languages(source, out);
    if (story->license)
        str_printf(out, "license: %s\n", story->license);
    str_printf(out,
               "library_name: transformers\n"
               "pipeline_tag: %s\n"
               "tags:\n"
               "- %s\n"
               "- %s\n"
               "- mpibert\n"
               "- cpu-pretrained\n",
               usage_of(source, plan)->pipeline, plan->class->kind,
               detects(plan) ? "replaced-token-detection" : "masked-lm");
    write_place(source, out);
    write_index(source, plan, out);
    str_printf(out, "---\n\n");
}

static uint64_t count_parameters(const struct params_table *table,
                                 const struct export_plan *plan) {
    uint64_t total = 0;
    for (int i = 0; i < table->count; i++)
        if (names_in_layout(plan->class, table->tensors[i].name, plan->layout, NULL))
            total += table->tensors[i].count;
    return total;
}

static void write_sizes(const struct export_source *source,
                        const struct export_plan *plan, struct str *out) {
    const struct shape *shape = source->shape;
    str_printf(out,
               "## Model\n\n"
               "| | |\n|---|---|\n"
               "| layers | %" PRId64 " |\n"
               "| hidden size | %" PRId64 " |\n",
               shape->L, shape->H);
    if (plan->class->embedding_size)
        str_printf(out, "| embedding size | %" PRId64 " |\n", shape->E);
    str_printf(out,
               "| attention heads | %" PRId64 " |\n"
               "| feed-forward size | %" PRId64 " |\n"
               "| positions | %" PRId64 " |\n"
               "| activation | %s |\n"
               "| parameters | %" PRIu64 " |\n\n",
               shape->A, shape->F, shape->P,
               shape->gelu == GELU_TANH ? "gelu (tanh form)" : "gelu (erf form)",
               count_parameters(source->weights->table, plan));
}

static void write_blank(const struct export_source *source, struct str *out) {
    struct str names = {0};
    uint32_t learnt = 0;
    if (!is_blank(source))
        return;
    for (int i = 0; i < OBJECTIVES; i++)
        learnt |= config_learns(source->config, i) ? (uint32_t)1 << i : 0;
    objectives_print(learnt, &names);
    str_printf(out,
               "It was trained on %s alone, never to tell masked tokens: it is to be "
               "fine-tuned, and\ncannot fill masks.\n\n",
               names.data);
    str_fini(&names);
}

/* Of rows that were kept for parity with the published MLSM. */
static void write_atoms(const struct export_source *source, struct str *out) {
    if (source->atoms > 0)
        str_printf(out,
                   "The last %" PRId64 " of its tokens, [MASK-0] and on, are no words: "
                   "they are the atoms of\na dictionary of its teacher's states, which "
                   "it learnt to tell.\n\n",
                   source->atoms);
}

static void write_model(const struct export_source *source,
                        const struct export_plan *plan, struct str *out) {
    int id = objectives_pair_id(config_objectives(source->config));
    const char *pairs = plan->layout == EXPORT_PRETRAINING && !detects(plan)
                            ? objective_words[id].what
                            : NULL;
    str_printf(
        out,
        "# BERT, pretrained with mpiBERT\n\n"
        "A BERT encoder %s%s%s, saved as `%s`.\n"
        "Language: %s%s.  %s\n\n",
        usage_of(source, plan)->purpose, pairs ? pairs : "", pairs ? " prediction" : "",
        plan->architecture, source->step ? source->config->data_language : "",
        source->step ? ", by the run's `data.language`" : "not told",
        story_of(source)->license ? "Licence: see above."
                                  : "Licence: not stated here, because the program "
                                    "was\nnot told; whoever publishes "
                                    "the model should.");
    write_blank(source, out);
    write_atoms(source, out);
    write_sizes(source, plan, out);
}

static void write_tokenizer(const struct export_source *source, struct str *out) {
    const struct config *config = source->config;
    int strip = config->data_strip_accents;
    bool strips = strip < 0 ? config->data_lowercase : strip;
    str_printf(out,
               "## Tokenizer\n\n"
               "WordPiece, %d tokens, %s%s; accents are %s.\n\n",
               (int)source->vocab->size,
               config->data_lowercase ? "uncased (text is lower-cased)" : "cased",
               config->data_dotted_i == 1 ? ", I and \u0130 as in Turkish" : "",
               strips ? "stripped" : "kept");
}

/* Of what was not trained: it decided nothing. */
static bool is_idle(const struct config *config, const char *key) {
    uint32_t trained = config_objectives(config);
    int weights = strncmp(key, "weight.", strlen("weight.")) == 0;
    for (int i = 0; weights && i < OBJECTIVES; i++)
        if (objectives_has(trained, i) &&
            strcmp(key + strlen("weight."), objective_words[i].name) == 0)
            return false;
    return weights || (strncmp(key, "generator.", strlen("generator.")) == 0 &&
                       !objectives_has(trained, OBJECTIVE_RTD));
}

/* What decided the result.  Texts are left out: they are paths on somebody's disk. */
static void write_options(const struct config *config, struct str *out) {
    struct str value = {0};
    str_printf(out, "| option | value |\n|---|---|\n");
    for (int i = 0; i < options_count; i++) {
        const struct option *option = &options_table[i];
        if (option->resume != OPTION_FIXED || option->type == OPTION_TEXT ||
            option->type == OPTION_FILE || is_idle(config, option->key))
            continue;
        str_clear(&value);
        config_print(config, option, &value);
        if (strcmp(value.data, "null") != 0)
            str_printf(out, "| %s | %s |\n", option->key, value.data);
    }
    str_printf(out, "\n");
    str_fini(&value);
}

/* Sources by their names, with the tokens that the model saw of each. */
static void write_data(const struct export_source *source, struct str *out) {
    const struct config *config = source->config;
    const struct story *story = story_of(source);
    bool counted = story->sources == config->source_count;
    if (config->source_count == 0)
        return;
    str_printf(out, "## Data\n\n| source | format | weight | tokens seen, special ones "
                    "aside |\n|---|---|---|---|\n");
    for (int i = 0; i < config->source_count; i++) {
        const struct source_spec *spec = &config->sources[i];
        struct slice name = name_of(spec->path);
        str_printf(out, "| `%.*s` | %s | %g | ", (int)name.size, name.data,
                   spec->format, spec->weight);
        if (counted)
            str_printf(out, "%.0f |\n", story->source_tokens[i]);
        else
            str_printf(out, "? |\n");
    }
    str_printf(out, "\n");
}

static void write_results(const struct export_source *source, struct str *out) {
    const struct story *story = story_of(source);
    if (!story->evaluated)
        return;
    str_printf(out,
               "## Results\n\nOn held-out text (%" PRId64
               " documents; 15 %% masked):\n\n"
               "| | loss | accuracy |\n|---|---|---|\n",
               story->documents);
    for (int i = 0; i < OBJECTIVES; i++)
        if (is_measured(source, i))
            str_printf(out, "| %s | %.4f | %.2f %% |\n", objective_words[i].what,
                       story->of[i].loss, 100 * story->of[i].accuracy);
    if (isfinite(story->unigram_entropy))
        str_printf(out, "| guessing by frequency alone | %.4f | |\n",
                   story->unigram_entropy);
    str_printf(out, "\n");
}

static void write_machine(const struct story *story, struct str *out) {
    if (story->machine.size > 0)
        str_printf(out, "Hardware: %s.\n", story->machine.data);
    if (story->seconds > 0)
        str_printf(out, "Time in training steps: %.4g hours.\n", story->seconds / 3600);
}

static void write_training(const struct export_source *source, struct str *out) {
    str_printf(out, "## Training\n\n");
    if (source->task) {
        str_printf(out, "Fine-tuned for the task %s, %" PRId64 " optimizer steps.\n\n",
                   source->task, source->config->train_steps);
        write_options(source->config, out);
    } else if (source->step == 0) {
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
        write_machine(story_of(source), out);
        str_printf(out, "\n");
        write_options(source->config, out);
    }
}

static void write_use(const struct export_plan *plan, bool pooler_lacks,
                      struct str *out) {
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
        plan->architecture, plan->architecture,
        pooler_lacks ? ", add_pooling_layer=False" : "");
}

void card_write(const struct export_source *source, const struct export_plan *plan,
                struct str *out) {
    bool pooler_lacks =
        plan->layout == EXPORT_ENCODER &&
        names_in_layout(plan->class, NAMES_POOLER, plan->layout, NULL) &&
        !params_find(source->weights->table, NAMES_POOLER);
    write_front(source, plan, out);
    write_model(source, plan, out);
    write_tokenizer(source, out);
    write_data(source, out);
    write_training(source, out);
    write_results(source, out);
    write_use(plan, pooler_lacks, out);
}
