/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a fine-tuning among those that were asked for: see settings.h. */
#include "src/tune/settings.h"

#include <stdbool.h>
#include <string.h>

#include "src/base/str.h"

static bool begins_with_one(const char *key, const char *const words[]) {
    for (size_t i = 0; words[i]; i++)
        if (strncmp(key, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* What says which jobs there are, and is no option of one. */
static bool is_of_farm(const char *key) {
    static const char *const words[] = {"finetune.tasks",
                                        "finetune.data",
                                        "finetune.from",
                                        "finetune.out",
                                        "finetune.seeds",
                                        "finetune.models",
                                        "finetune.recipe",
                                        "finetune.grid",
                                        "finetune.submit",
                                        "train.seed",
                                        NULL};
    return begins_with_one(key, words);
}

/* What a job depends on and the model leaves open. */
static bool is_open(const char *key) {
    static const char *const words[] = {"finetune.",
                                        "task.",
                                        "model.hidden_dropout",
                                        "model.attention_dropout",
                                        "train.learning_rate",
                                        "train.schedule",
                                        "train.final_rate",
                                        "train.power",
                                        "train.decay_steps",
                                        "train.optimizer",
                                        "train.beta",
                                        "train.momentum",
                                        "train.epsilon",
                                        "train.weight_decay",
                                        "train.decay_all",
                                        "train.clip_norm",
                                        "train.sequence_length",
                                        "train.chunk_tokens",
                                        "train.recompute",
                                        "train.precision",
                                        "train.emulate",
                                        NULL};
    return begins_with_one(key, words);
}

/* One option of those that were asked for. */
static int take_option(struct config *config, const struct config *asked,
                       const struct option *o, struct err *err) {
    struct str text = {0};
    const char *origin = options_origin(asked, o);
    if (strcmp(origin, "default") == 0 || is_of_farm(o->key) ||
        strncmp(o->key, "log.", 4) == 0)
        return 0;
    if (!is_open(o->key))
        return err_set(err, ERR_CONFIG,
                       "%s: %s: fine-tuning does not depend on it, or the model has it "
                       "fixed",
                       origin, o->key);
    config_print(asked, o, &text);
    int rc = config_set(config, o->key, text.data, origin, err);
    str_fini(&text);
    return rc;
}

int settings_take(struct config *config, const struct config *asked, struct err *err) {
    for (int i = 0; i < options_count; i++)
        if (take_option(config, asked, &options_table[i], err) < 0)
            return -1;
    return 0;
}
