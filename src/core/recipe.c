/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from several options together: the shape of the model, the seeds, and
 * what does not fit: see config.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/core/config.h"
#include "src/core/deadline.h"
#include "src/core/patience.h"
#include "src/core/phases.h"
#include "src/core/snapshots.h"

static int64_t or_preset(int64_t value, int64_t preset) {
    return value == CONFIG_UNSET ? preset : value;
}

static enum kind_id kind_of(const struct config *config) {
    int id = 0;
    while (strcmp(model_kinds[id].name, config->model_kind) != 0)
        id++;
    return (enum kind_id)id;
}

struct shape config_shape(const struct config *config, int64_t vocab_size) {
    const struct shape_preset *preset = shape_presets;
    while (strcmp(preset->name, config->model_preset) != 0)
        preset++;
    int64_t H = or_preset(config->model_hidden, preset->H);
    int64_t A = or_preset(config->model_heads, preset->A);
    return (struct shape){
        .L = or_preset(config->model_layers, preset->L),
        .H = H,
        .E = or_preset(config->model_embedding_size, H),
        .A = A,
        .D = or_preset(config->model_head_size, H / A),
        .F = or_preset(config->model_ffn, preset->F),
        .V = vocab_size,
        .P = config->model_max_positions,
        .S = 2,
        .K = objectives_has(config_objectives(config), OBJECTIVE_LATENT)
                 ? config->dictionary_atoms
                 : 0,
        .kind = kind_of(config),
        .gelu = strcmp(config->model_activation, "gelu") == 0 ? GELU_ERF : GELU_TANH,
        .norm_eps = config->model_norm_eps,
    };
}

struct shape config_generator(const struct config *config, const struct shape *shape) {
    struct shape generator = *shape;
    int64_t H = llrint(config->generator_size * (double)shape->H);
    generator.L = or_preset(config->generator_layers, shape->L);
    generator.H = H;
    generator.A = or_preset(config->generator_heads, H < 64 ? 1 : H / 64);
    generator.D = H / generator.A;
    generator.F = or_preset(config->generator_ffn, 4 * H);
    return generator;
}

bool config_pairs(const struct config *config) {
    return strcmp(config->data_packing, "pairs") == 0;
}

static bool packing_fits(const struct config *config, int id) {
    const char *packing = objective_words[id].packing;
    return packing && strcmp(packing, config->data_packing) == 0;
}

bool config_saves_beside(const struct config *config) {
    return strcmp(config->checkpoint_writer, "posix") == 0 &&
           config->checkpoint_async == 1;
}

bool config_teaches_itself(const struct config *config) {
    return config->teacher_from && strcmp(config->teacher_from, "self") == 0;
}

uint32_t config_objectives(const struct config *config) {
    if (config->train_objectives)
        return objectives_parse(config->train_objectives, NULL);
    uint32_t set = OBJECTIVE_SET(MLM);
    for (int i = 0; i < OBJECTIVES; i++)
        if (packing_fits(config, i))
            set |= (uint32_t)1 << i;
    return set;
}

double config_weight(const struct config *config, int id) {
    char key[64];
    snprintf(key, sizeof key, "weight.%s", objective_words[id].name);
    const struct option *option = options_find(key);
    return option ? *(const double *)options_value(config, option) : 1;
}

bool config_learns(const struct config *config, int id) {
    return objectives_has(config_objectives(config), id) &&
           config_weight(config, id) > 0;
}

bool config_learns_tokens(const struct config *config) {
    return config_learns(config, OBJECTIVE_MLM) ||
           config_learns(config, OBJECTIVE_SOFT);
}

static uint64_t seed_or(int64_t own, int64_t seed) {
    return (uint64_t)(own == CONFIG_UNSET ? seed : own);
}

uint64_t config_data_seed(const struct config *config) {
    return seed_or(config->train_data_seed, config->train_seed);
}

uint64_t config_init_seed(const struct config *config) {
    return seed_or(config->train_init_seed, config->train_seed);
}

/* "a|b" as "a or b". */
static void print_choices(const char *choices, struct str *out) {
    struct slice rest = slice_of(choices), word;
    while (slice_field(&rest, '|', &word))
        str_printf(out, "%s%.*s", out->size ? " or " : "", (int)word.size, word.data);
}

/* Whether an option is one that an objective can be trained with. */
static int check_need(int id, const char *key, const char *choices, const char *value,
                      struct err *err) {
    const char *name = objective_words[id].name;
    if (choices == NULL || option_choice_has(choices, value))
        return 0;
    struct str words = {0};
    print_choices(choices, &words);
    err_set(err, ERR_CONFIG,
            "train.objectives: %s needs %s %s, which is %s; set that, or leave %s out",
            name, key, words.data, value, name);
    str_fini(&words);
    return -1;
}

/* The same of the model and the examples that it is trained with, in each phase. */
static int check_needs(const struct config *config, int id, struct err *err) {
    const struct objective_words *words = &objective_words[id];
    char key[64];
    if (check_need(id, "data.packing", words->packing, config->data_packing, err) < 0 ||
        check_need(id, "model.kind", words->models, config->model_kind, err) < 0)
        return -1;
    for (int i = 0; i < phases_count(config); i++) {
        phases_key(config, i, "mask_kind", key);
        if (check_need(id, key, words->masks, phases_get(config, i).mask_kind, err) < 0)
            return -1;
    }
    return 0;
}

/* What goes with the run itself as its teacher. */
static int check_itself(const struct config *config, uint32_t set, struct err *err) {
    const struct {
        const char *key;
        bool set;
    } rows[] = {{"teacher.cache", config->teacher_cache},
                {"teacher.dictionary", config->teacher_dictionary},
                {"teacher.init_layers", config->teacher_init_layers},
                {"train.branch_from", config->train_branch_from}};
    if (!config_teaches_itself(config))
        return 0;
    if (!objectives_has(set, OBJECTIVE_MLM))
        return err_set(err, ERR_CONFIG,
                       "teacher.from: self knows something only if it learns it: put "
                       "mlm into train.objectives");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].set)
            return err_set(err, ERR_CONFIG,
                           "%s: does not go with teacher.from self, which changes as "
                           "the run goes on; unset it, or name another teacher",
                           rows[i].key);
    return 0;
}

/* Whether there is a teacher where something is learnt from one. */
static int check_teacher(const struct config *config, uint32_t set, struct err *err) {
    int taught = 0;
    while (taught < OBJECTIVES &&
           !(objectives_has(set, taught) && objectives_taught(taught)))
        taught++;
    if (taught < OBJECTIVES && config->teacher_from == NULL)
        return err_set(err, ERR_CONFIG,
                       "train.objectives: %s is learnt from a teacher, and "
                       "teacher.from names none",
                       objective_words[taught].name);
    if (taught < OBJECTIVES && objectives_has(set, OBJECTIVE_RTD))
        return err_set(err, ERR_CONFIG,
                       "train.objectives: rtd and %s do not go together: one has a "
                       "generator beside the model, the other a teacher; leave one out",
                       objective_words[taught].name);
    if (config->teacher_ranks != CONFIG_UNSET && taught == OBJECTIVES)
        return err_set(err, ERR_CONFIG,
                       "teacher.ranks: nothing that is trained learns from a teacher; "
                       "unset it, or set train.objectives, to mlm,soft for instance");
    if (config->teacher_ranks != CONFIG_UNSET && config->teacher_cache)
        return err_set(err, ERR_CONFIG,
                       "teacher.ranks: and teacher.cache: what the teacher says comes "
                       "from one of them; unset the other");
    if (config->teacher_init_layers && config->train_init_from)
        return err_set(err, ERR_CONFIG,
                       "teacher.init_layers: and train.init_from %s: the first weights "
                       "come from one of them",
                       config->train_init_from);
    if (config->teacher_init_layers && config->teacher_from == NULL)
        return err_set(err, ERR_CONFIG,
                       "teacher.init_layers: are layers of a teacher, and teacher.from "
                       "names none");
    return check_itself(config, set, err);
}

/* Whether what is trained goes together, and with the examples there are. */
static int check_objectives(const struct config *config, struct err *err) {
    if (config->train_objectives == NULL)
        return 0;
    uint32_t set = objectives_parse(config->train_objectives, err);
    if (set == 0)
        return err_prefix(err, "train.objectives");
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && !objectives_of_text(i))
            return err_set(err, ERR_CONFIG,
                           "train.objectives: %s is about a task, which `mpibert "
                           "finetune` trains",
                           objective_words[i].name);
    if ((set & (OBJECTIVE_SET(MLM) | OBJECTIVE_SET(LATENT))) == 0)
        return err_set(
            err, ERR_CONFIG,
            "train.objectives: %s lacks mlm, which all others but latent go with; "
            "write mlm,%s",
            config->train_objectives, config->train_objectives);
    for (int i = 0; i < OBJECTIVES; i++)
        if (objectives_has(set, i) && check_needs(config, i, err) < 0)
            return -1;
    return 0;
}

/* Sets an option that nobody has set to the first that an objective can do with. */
static int settle_need(struct config *config, const char *key, const char *choices,
                       struct err *err) {
    char word[64];
    if (choices == NULL ||
        strcmp(options_origin(config, options_find(key)), "default") != 0)
        return 0;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(choices, "|"), choices);
    return config_set(config, key, word, "train.objectives", err);
}

int config_settle(struct config *config, struct err *err) {
    if (phases_settle(config, err) < 0)
        return -1;
    uint32_t set =
        config->train_objectives ? objectives_parse(config->train_objectives, NULL) : 0;
    for (int i = 0; i < OBJECTIVES; i++) {
        const struct objective_words *words = &objective_words[i];
        if (objectives_has(set, i) &&
            (settle_need(config, "data.packing", words->packing, err) < 0 ||
             settle_need(config, "data.mask_kind", words->masks, err) < 0 ||
             settle_need(config, "model.kind", words->models, err) < 0))
            return -1;
    }
    return 0;
}

static int check_length(const struct config *config, const char *key, int64_t length,
                        struct err *err) {
    if (length > config->model_max_positions)
        return err_set(err, ERR_CONFIG, "%s: %lld is over model.max_positions %lld",
                       key, (long long)length, (long long)config->model_max_positions);
    if (length > config->train_chunk_tokens)
        return err_set(
            err, ERR_CONFIG,
            "train.chunk_tokens: %lld is under %s %lld; a chunk holds a sequence "
            "at least",
            (long long)config->train_chunk_tokens, key, (long long)length);
    return 0;
}

static int check_phase(const struct config *config, int i, struct err *err) {
    struct phase phase = phases_get(config, i);
    char key[64];
    phases_key(config, i, "sequence_length", key);
    if (check_length(config, key, phase.sequence_length, err) < 0)
        return -1;
    phases_key(config, i, "mask_replace", key);
    if (phase.mask_replace + phase.mask_random > 1 + 1e-9)
        return err_set(err, ERR_CONFIG, "%s: %g and mask_random %g are over 1 together",
                       key, phase.mask_replace, phase.mask_random);
    return 0;
}

/* "train.learning_rate", "train.phases[1].mask_prob" */
static int check_changes(const struct config *config, struct err *err) {
    struct slice rest = slice_of(config->train_allow_change ? config->train_allow_change
                                                            : ""),
                 word;
    char key[64];
    while (slice_field(&rest, ',', &word)) {
        snprintf(key, sizeof key, "%.*s", (int)word.size, word.data);
        if (!options_find(key) && !slice_starts(word, "train.phases["))
            return config_unknown_key(key, "train.allow_change", err);
    }
    return 0;
}

static int check_times(const struct config *config, struct err *err) {
    struct deadline unused;
    double seconds;
    if (patience_parse(config->train_watchdog, &seconds, err) < 0)
        return -1;
    return deadline_find(config, 0, &unused, err);
}

static int check_widths(const struct config *config, struct err *err) {
    struct shape s = config_shape(config, 1);
    if (config->model_head_size == CONFIG_UNSET && s.H % s.A != 0)
        return err_set(
            err, ERR_CONFIG,
            "model.hidden: %lld is not divisible by model.heads %lld; change one of "
            "them, or set model.head_size",
            (long long)s.H, (long long)s.A);
    if (s.kind == KIND_BERT && s.E != s.H)
        return err_set(err, ERR_CONFIG,
                       "model.embedding_size: a bert's embeddings are as wide as its "
                       "layers, %lld; with %lld it is what transformers calls electra: "
                       "set model.kind to that",
                       (long long)s.H, (long long)s.E);
    return 0;
}

static int check_generator(const struct config *config, struct err *err) {
    struct shape whole = config_shape(config, 1);
    struct shape s = config_generator(config, &whole);
    if (!objectives_has(config_objectives(config), OBJECTIVE_RTD))
        return 0;
    if (s.H < 2)
        return err_set(
            err, ERR_CONFIG,
            "generator.size: %g of model.hidden %lld is a generator of width "
            "%lld; it needs 2 at least",
            config->generator_size, (long long)whole.H, (long long)s.H);
    if (s.H % s.A != 0)
        return err_set(err, ERR_CONFIG,
                       "generator.size: %g of model.hidden %lld is %lld, which is not "
                       "divisible by %lld heads; change it, or set generator.heads",
                       config->generator_size, (long long)whole.H, (long long)s.H,
                       (long long)s.A);
    return 0;
}

int config_check(const struct config *config, struct err *err) {
    if (check_widths(config, err) < 0)
        return -1;
    if (check_length(config, "train.sequence_length", config->train_sequence_length,
                     err) < 0)
        return -1;
    for (int i = 0; i < phases_count(config); i++)
        if (check_phase(config, i, err) < 0)
            return -1;
    if (check_objectives(config, err) < 0 || check_generator(config, err) < 0 ||
        check_teacher(config, config_objectives(config), err) < 0)
        return -1;
    if (config->data_isolate_documents == 1 &&
        strcmp(config->data_packing, "full_sentences") != 0)
        return err_set(
            err, ERR_CONFIG,
            "data.isolate_documents: is for data.packing full_sentences; with %s "
            "no example has several documents to isolate",
            config->data_packing);
    if (snapshots_check(config, err) < 0 || check_changes(config, err) < 0 ||
        check_times(config, err) < 0)
        return -1;
    if (strcmp(config->train_wire, "bf16") == 0 &&
        strcmp(config->train_reduction, "blocking") == 0)
        return err_set(
            err, ERR_CONFIG,
            "train.wire: bf16 is for train.reduction overlap; blocking sums all in "
            "fp32");
    for (int i = 0; i < config->source_count + config->heldout_count; i++) {
        bool heldout = i >= config->source_count;
        int row = heldout ? i - config->source_count : i;
        const struct source_spec *spec =
            heldout ? &config->heldout[row] : &config->sources[row];
        if (spec->path == NULL)
            return err_set(err, ERR_CONFIG, "data.%s[%d]: has no path",
                           heldout ? "heldout" : "sources", row);
    }
    return 0;
}
