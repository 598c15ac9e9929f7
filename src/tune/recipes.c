/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes: see recipes.h. */
#include "src/tune/recipes.h"

#include <string.h>

const struct recipe recipes[] = {
    /* examples/pytorch/text-classification/run_glue.py and its README; Trainer's
     * defaults: AdamW without decay, clipping at 1, a linear schedule without warm-up
     */
    {"hf",
     "transformers' run_glue: 2e-5, 3 epochs of batches of 32 (words: 5e-5, batches of "
     "8)",
     {"train.learning_rate=2e-5", "finetune.epochs=3", "finetune.batch=32",
      "finetune.warmup=0", "train.schedule=linear", "train.weight_decay=0",
      "train.clip_norm=1"}},
    /* google-research/bert run_classifier.py and the README's grid for small models */
    {"google",
     "google-research/bert: 5e-5, 4 epochs of batches of 32, a tenth of warm-up, decay "
     ".01",
     {"train.learning_rate=5e-5", "finetune.epochs=4", "finetune.batch=32",
      "finetune.warmup=0.1", "train.schedule=bert", "train.optimizer=bert_adam",
      "train.weight_decay=0.01", "train.clip_norm=1"}},
    /* SzegedAI's finetune_eval.py: torch.optim.AdamW of all parameters together */
    {"mlsm",
     "SzegedAI's: 2e-5, 3 epochs of batches of 32, decay .01 of all tensors, no "
     "clipping, length 512",
     {"train.learning_rate=2e-5", "finetune.epochs=3", "finetune.batch=32",
      "finetune.warmup=0", "train.schedule=linear", "train.weight_decay=0.01",
      "train.decay_all=true", "train.clip_norm=0", "train.sequence_length=512"}},
    /* google-research/electra configure_finetuning.py and model/optimization.py, whose
     * rate falls during warm-up, too: up to a tenth less than here; and without its
     * pairs in both orders */
    {"electra",
     "google-research/electra: 1e-4, falling by .8 a layer, 3 epochs of batches of 32 "
     "(RTE, STS-B: 10), a tenth of warm-up, decay .01",
     {"train.learning_rate=1e-4", "finetune.layer_decay=0.8", "finetune.epochs=3",
      "finetune.batch=32", "finetune.warmup=0.1", "train.schedule=bert",
      "train.optimizer=bert_adam", "train.weight_decay=0.01", "train.clip_norm=1"}},
    {0},
};

/* What a recipe says of one task, or of a kind of them. */
static const struct exception {
    const char *recipe, *task; /* task NULL: all of the kind */
    enum task_kind kind;
    const char *settings[5];
} exceptions[] = {
    {"hf", "mrpc", TASK_CLASSIFY, {"finetune.epochs=5"}},
    {"hf", "wnli", TASK_CLASSIFY, {"finetune.epochs=5"}},
    {"electra", "rte", TASK_CLASSIFY, {"finetune.epochs=10"}},
    {"electra", "stsb", TASK_REGRESS, {"finetune.epochs=10"}},
    {"hf",
     NULL,
     TASK_TAG,
     {"train.learning_rate=5e-5", "finetune.batch=8"}}, /* run_ner */
    {"hf",
     NULL,
     TASK_CHOOSE,
     {"train.learning_rate=5e-5", "finetune.batch=16"}}, /* run_swag */
    {"hf",
     NULL,
     TASK_ANSWER,
     {"train.learning_rate=3e-5", "finetune.batch=12", "finetune.epochs=2",
      "train.sequence_length=384"}}, /* run_qa */
};

/* "key=value". */
static int set(struct config *config, const char *setting, const char *recipe,
               struct err *err) {
    const char *equals = strchr(setting, '=');
    struct str key = {0}, origin = {0};
    str_append(&key, setting, (size_t)(equals - setting));
    str_printf(&origin, "recipe %s", recipe);
    int rc = config_set(config, key.data, equals + 1, origin.data, err);
    str_fini(&key);
    str_fini(&origin);
    return rc;
}

static int set_all(struct config *config, const char *const settings[],
                   const char *recipe, struct err *err) {
    for (; *settings; settings++)
        if (set(config, *settings, recipe, err) < 0)
            return -1;
    return 0;
}

static int set_defaults(struct config *config, struct err *err) {
    for (int i = 0; i < options_count; i++) {
        const struct option *o = &options_table[i];
        bool open = strncmp(o->key, "train.", strlen("train.")) == 0 ||
                    strncmp(o->key, "finetune.", strlen("finetune.")) == 0 ||
                    strncmp(o->key, "task.", strlen("task.")) == 0;
        if (open && config_set(config, o->key, o->fallback, "default", err) < 0)
            return -1;
    }
    return 0;
}

static int refuse_name(const char *name, struct err *err) {
    struct str all = {0};
    for (const struct recipe *r = recipes; r->name; r++)
        str_printf(&all, "%s%s", r == recipes ? "" : " ", r->name);
    err_set(err, ERR_USAGE, "recipe '%s': is none of %s", name, all.data);
    str_fini(&all);
    return -1;
}

int recipes_apply(struct config *config, const char *name, struct err *err) {
    for (const struct recipe *r = recipes; r->name; r++)
        if (strcmp(r->name, name) == 0)
            return set_defaults(config, err) < 0
                       ? -1
                       : set_all(config, r->settings, name, err);
    return refuse_name(name, err);
}

int recipes_apply_task(struct config *config, const char *name, const struct task *task,
                       struct err *err) {
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        const struct exception *e = &exceptions[i];
        bool fits = e->task ? strcmp(e->task, task->name) == 0 : e->kind == task->kind;
        if (fits && strcmp(e->recipe, name) == 0 &&
            set_all(config, e->settings, name, err) < 0)
            return -1;
    }
    return 0;
}
