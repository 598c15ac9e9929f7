/* SPDX-License-Identifier: Apache-2.0 */
/* Two models of a bundle: see beside.h. */
#include "src/infer/beside.h"

#include <stdio.h>
#include <string.h>

#include "src/base/die.h"
#include "src/base/mem.h"
#include "src/model/bert.h"
#include "src/model/generator.h"

static void set(struct config *config, const char *key, const char *text) {
    CHECK(config_set(config, key, text, "generator", NULL) == 0);
}

static void set_count(struct config *config, const char *key, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    set(config, key, text);
}

static void set_objectives(struct config *config, uint32_t objectives) {
    struct str names = {0};
    objectives_print(objectives, &names);
    set(config, "train.objectives", names.data);
    str_fini(&names);
}

/* ---- one of them ---- */

/* The sizes of a model by itself. */
static void set_shape(struct config *config, const struct shape *shape) {
    set_count(config, "model.layers", shape->L);
    set_count(config, "model.hidden", shape->H);
    set_count(config, "model.embedding_size", shape->E);
    set_count(config, "model.heads", shape->A);
    set_count(config, "model.ffn", shape->F);
    set(config, "model.head_size", NULL);
}

void beside_take(const struct bundle *both, struct bundle *generator) {
    CHECK(both->generator);
    *generator = (struct bundle){.name = mem_string(both->name),
                                 .shape = config_generator(&both->config, &both->shape),
                                 .objectives = both->generator,
                                 .step = both->step,
                                 .tokens = both->tokens};
    memcpy(generator->state_hash, both->state_hash, sizeof both->state_hash);
    config_copy(&generator->config, &both->config);
    set_shape(&generator->config, &generator->shape);
    set_objectives(&generator->config, both->generator);
    CHECK(vocab_parse(&generator->vocab,
                      (struct slice){both->vocab.text, both->vocab.text_size},
                      both->name, NULL) == 0);
    str_append(&generator->file, both->file.data, both->file.size);
    str_append(&generator->versions, both->versions.data, both->versions.size);
    model_layout(&generator->table, &generator->shape, both->generator);
    params_init(&generator->weights, &generator->table);
    for (int i = 0; i < generator->table.count; i++) {
        const struct tensor *to = &generator->table.tensors[i];
        const struct tensor *from = generator_find(&both->table, to->name);
        CHECK(from && from->count == to->count);
        memcpy(generator->weights.data + to->offset, both->weights.data + from->offset,
               to->count * sizeof(float));
    }
}

/* The block stays as it is. */
void beside_leave(struct bundle *both) {
    size_t begin = generator_begin(&both->table);
    uint32_t objectives = config_objectives(&both->config) & ~both->generator;
    while (both->table.tensors[both->table.count - 1].offset >= begin)
        both->table.count--;
    set_objectives(&both->config, objectives);
    both->generator = 0;
}

/* ---- together ---- */

static bool same_vocabulary(const struct vocab *a, const struct vocab *b) {
    return a->text_size == b->text_size && memcmp(a->text, b->text, a->text_size) == 0;
}

static const char *unlike(const struct bundle *d, const struct bundle *g) {
    const struct shape *a = &d->shape, *b = &g->shape;
    if (!objectives_has(d->objectives, OBJECTIVE_RTD))
        return "the first is no discriminator";
    if (!objectives_has(g->objectives, OBJECTIVE_MLM) || g->missing.size > 0)
        return "the second is no generator: it lacks tensors of a masked language "
               "model";
    if (!same_vocabulary(&d->vocab, &g->vocab))
        return "they have different vocabularies";
    if (a->kind != b->kind || a->gelu != b->gelu || a->norm_eps != b->norm_eps)
        return "they have different activations, norms or kinds";
    if (a->E != b->E || a->P != b->P || b->H > a->H)
        return "the second has embeddings of another size, or a larger hidden size";
    return NULL;
}

/* Whether all tensors that are no model's own, by its names, are the same in both. */
static bool same_embeddings(const struct bundle *d, const struct bundle *g) {
    for (int i = 0; i < d->table.count; i++) {
        const struct tensor *a = &d->table.tensors[i];
        const struct tensor *b = params_find(&g->table, a->name);
        if (strncmp(a->name, "bert.embeddings.", strlen("bert.embeddings.")) == 0 &&
            memcmp(d->weights.data + a->offset, g->weights.data + b->offset,
                   a->count * sizeof(float)) != 0)
            return false;
    }
    return true;
}

static void set_generator(struct config *config, const struct bundle *d,
                          const struct bundle *g) {
    char size[40];
    snprintf(size, sizeof size, "%.17g", (double)g->shape.H / (double)d->shape.H);
    set(config, "generator.size", size);
    set_count(config, "generator.layers", g->shape.L);
    set_count(config, "generator.heads", g->shape.A);
    set_count(config, "generator.ffn", g->shape.F);
    set(config, "generator.tied", same_embeddings(d, g) ? "true" : "false");
    set_objectives(config, d->objectives | g->objectives);
}

int beside_put(struct bundle *d, const struct bundle *g, struct err *err) {
    const char *why = unlike(d, g);
    if (why)
        return err_set(err, ERR_DATA,
                       "%s and %s are no discriminator and generator: %s", d->name,
                       g->name, why);
    struct params_table alone = d->table;
    struct params weights = {&alone, d->weights.data};
    set_generator(&d->config, d, g);
    d->generator = g->objectives;
    d->table = (struct params_table){0};
    generator_layout(&d->table, &d->config, &d->shape, d->objectives | d->generator);
    params_init(&d->weights, &d->table);
    memcpy(d->weights.data, weights.data, alone.total * sizeof(float));
    for (int i = 0; i < g->table.count; i++) {
        const struct tensor *from = &g->table.tensors[i];
        const struct tensor *to = generator_find(&d->table, from->name);
        memcpy(d->weights.data + to->offset, g->weights.data + from->offset,
               from->count * sizeof(float));
    }
    params_fini(&weights);
    params_table_fini(&alone);
    return 0;
}
