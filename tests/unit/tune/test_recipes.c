/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a recipe sets what it says and leaves nothing of the pretraining's options of
 * training; the model's own stay; what it says of one task holds there alone. */
#include "src/tune/recipes.h"

#include <string.h>

#include "tests/tap.h"

static const struct row {
    const char *recipe, *task;
    double rate, epochs, decay, clip, layer_decay;
    int64_t batch;
    int decay_all;
} rows[] = {
    {"hf", "rte", 2e-5, 3, 0, 1, 1, 32, 0},
    {"hf", "mrpc", 2e-5, 5, 0, 1, 1, 32, 0},
    {"hf", "wnli", 2e-5, 5, 0, 1, 1, 32, 0},
    {"hf", "pos", 5e-5, 3, 0, 1, 1, 8, 0},
    {"hf", "swag", 5e-5, 3, 0, 1, 1, 16, 0},
    {"hf", "squad", 3e-5, 2, 0, 1, 1, 12, 0},
    {"google", "mrpc", 5e-5, 4, .01, 1, 1, 32, 0},
    {"mlsm", "pos", 2e-5, 3, .01, 0, 1, 32, 1},
    {"electra", "cola", 1e-4, 3, .01, 1, .8, 32, 0},
    {"electra", "rte", 1e-4, 10, .01, 1, .8, 32, 0},
    {"electra", "stsb", 1e-4, 10, .01, 1, .8, 32, 0},
};

static void check_row(const struct row *row) {
    struct config c;
    struct task task;
    struct err err = {0};
    config_init(&c);
    config_set(&c, "train.learning_rate", "1", "run", NULL);
    config_set(&c, "train.warmup_steps", "77", "run", NULL);
    config_set(&c, "train.seed", "5", "run", NULL);
    config_set(&c, "model.hidden_dropout", "0.25", "run", NULL);
    task_init(&task, row->task, &c, NULL);
    ok(recipes_apply(&c, row->recipe, &err) == 0 &&
           recipes_apply_task(&c, row->recipe, &task, &err) == 0,
       "%s of %s %s", row->recipe, row->task, err.text);
    ok(c.train_learning_rate == row->rate && c.finetune_epochs == row->epochs &&
           c.train_weight_decay == row->decay && c.train_clip_norm == row->clip,
       "its rate, epochs, decay and clipping");
    ok(c.finetune_layer_decay == row->layer_decay &&
           c.train_decay_all == row->decay_all,
       "which tensors move and decay as others");
    is_int(c.finetune_batch, row->batch, "its batch");
    ok(c.train_warmup_steps == 300 && c.train_seed == 0, "the run's are forgotten");
    ok(c.model_hidden_dropout == 0.25, "the model's are not");
    config_fini(&c);
}

int main(void) {
    struct config c;
    struct err err = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i]);
    config_init(&c);
    for (const struct recipe *r = recipes; r->name; r++)
        ok(recipes_apply(&c, r->name, &err) == 0 &&
               config_set(&c, "finetune.recipe", r->name, "test", &err) == 0,
           "%s is good and may be asked for %s", r->name, err.text);
    is_int(recipes_apply(&c, "none", &err), -1, "a recipe that is none");
    is_int(err.code, ERR_USAGE, "64: %s", err.text);
    config_fini(&c);
    return tap_done();
}
