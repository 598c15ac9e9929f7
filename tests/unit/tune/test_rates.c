/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every tensor has the rate that ELECTRA's formula gives its depth, and what is
 * frozen has none; so none may be taken for one of another depth by its name. */
#include "src/tune/rates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/model/bert.h"
#include "tests/tap.h"

enum { L = 12 };

/* The power of the decay: one tensor of each place. */
static const struct place {
    const char *name;
    int power, depth;
} places[] = {
    {"bert.embeddings.word_embeddings.weight", L + 2, 0},
    {"bert.embeddings.LayerNorm.bias", L + 2, 0},
    {"bert.encoder.layer.0.attention.self.query.weight", L + 1, 1},
    {"bert.encoder.layer.1.output.dense.weight", L, 2},
    {"bert.encoder.layer.10.output.dense.weight", 3, 11},
    {"bert.encoder.layer.11.output.LayerNorm.weight", 2, 12},
    {"bert.pooler.dense.weight", 0, 99},
    {"classifier.weight", 0, 99},
    {"classifier.bias", 0, 99},
};

static const struct row {
    const char *what, *decay, *freeze, *embeddings;
    int layers; /* that are frozen */
} rows[] = {
    {"all move alike", "1", "0", "false", 0},
    {"ELECTRA's", "0.8", "0", "false", 0},
    {"three layers stay", "0.9", "3", "false", 3},
    {"embeddings stay", "1", "0", "true", 0},
    {"the head alone moves", "1", "all", "true", L},
};

static void make_table(struct params_table *table, struct config *c) {
    struct shape shape;
    config_init(c);
    config_set(c, "model.layers", "12", "test", NULL);
    config_set(c, "train.objectives", "classify", "task", NULL);
    shape = config_shape(c, 100);
    shape.C = 3;
    *table = (struct params_table){0};
    model_layout(table, &shape, config_objectives(c));
}

static void check(const struct row *row) {
    struct params_table table;
    struct config c;
    make_table(&table, &c);
    config_set(&c, "finetune.layer_decay", row->decay, "test", NULL);
    config_set(&c, "finetune.freeze_layers", row->freeze, "test", NULL);
    config_set(&c, "finetune.freeze_embeddings", row->embeddings, "test", NULL);
    rates_set(&table, &c, L);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct place *p = &places[i];
        const struct tensor *t = params_find(&table, p->name);
        bool stays =
            p->depth ? p->depth <= row->layers : strcmp(row->embeddings, "true") == 0;
        double want = stays ? 0 : pow(atof(row->decay), p->power);
        ok(t && t->rate == (float)want, "%s: %s", row->what, p->name);
    }
    params_table_fini(&table);
    config_fini(&c);
}

static void check_decay(void) {
    struct params_table table;
    struct config c;
    int before = 0, after = 0;
    make_table(&table, &c);
    config_set(&c, "train.decay_all", "true", "test", NULL);
    for (int i = 0; i < table.count; i++)
        before += table.tensors[i].decay;
    rates_set(&table, &c, L);
    for (int i = 0; i < table.count; i++)
        after += table.tensors[i].decay;
    ok(before < table.count && after == table.count, "all decay, who did not: %d of %d",
       table.count - before, table.count);
    params_table_fini(&table);
    config_fini(&c);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
    check_decay();
    return tap_done();
}
