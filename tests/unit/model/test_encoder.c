/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a forward-only model must give, bit for bit, what a model that can be trained
 * gives, whatever its layers; its memory must be that of one layer, however many it
 * has, and the plan's to the byte; cut after a layer, its output must be the stream
 * there.  What it cannot do is refused as a bug. */
#include "src/model/encoder.h"

#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "tests/dies.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { SEQUENCES = 9 };

static const struct sort {
    enum kind_id kind;
    int64_t L;
} sorts[] = {{KIND_BERT, 1},          {KIND_BERT, 2},          {KIND_BERT, 5},
             {KIND_MEGATRON_BERT, 1}, {KIND_MEGATRON_BERT, 2}, {KIND_MEGATRON_BERT, 5},
             {KIND_ELECTRA, 1},       {KIND_ELECTRA, 2},       {KIND_ELECTRA, 5}};

/* A model that can be trained, its weights, and a batch. */
struct scene {
    struct model_options options;
    struct params_table table;
    struct params weights;
    struct batch batch;
    struct model *full;
    float *hidden; /* (T,H) of it */
    size_t bytes;  /* of hidden */
};

static void scene_init(struct scene *s, const struct sort *sort) {
    *s = (struct scene){.options = toy_options()};
    s->options.shape.kind = sort->kind;
    s->options.shape.L = sort->L;
    if (sort->kind == KIND_ELECTRA)
        s->options.shape.E = 10;
    model_layout(&s->table, &s->options.shape, s->options.objectives);
    params_init(&s->weights, &s->table);
    toy_weights(&s->weights, 5);
    toy_batch(&s->batch, SEQUENCES, 9);
    s->full = model_create(&s->options, &s->table);
    s->bytes = (size_t)(s->batch.T * s->options.shape.H) * sizeof *s->hidden;
    s->hidden = mem_alloc(s->bytes, 1);
    model_predict(s->full, &s->weights, &s->batch, 0, SEQUENCES, NULL, s->hidden, NULL);
}

static void scene_fini(struct scene *s) {
    mem_free(s->hidden);
    model_destroy(s->full);
    batch_fini(&s->batch);
    params_fini(&s->weights);
    params_table_fini(&s->table);
}

/* Whether a model's output is what is wanted. */
static bool gives(struct scene *s, struct model *model, const float *want) {
    float *got = mem_alloc(s->bytes, 1);
    model_predict(model, &s->weights, &s->batch, 0, SEQUENCES, NULL, got, NULL);
    bool same = memcmp(got, want, s->bytes) == 0;
    mem_free(got);
    return same;
}

/* All rows, and those alone that losses look at. */
static void test_same(struct scene *s, const char *name) {
    struct model_options options = s->options;
    struct model_sums want = {0}, got = {0};
    options.forward_only = true;
    struct model *model = model_create(&options, &s->table);
    ok(gives(s, model, s->hidden), "%s, %d layers: the same states", name,
       (int)options.shape.L);
    model_evaluate(s->full, &s->weights, &s->batch, 0, SEQUENCES, &want);
    model_evaluate(model, &s->weights, &s->batch, 0, SEQUENCES, &got);
    for (int i = 0; i < OBJECTIVES; i++)
        ok(got.of[i].loss == want.of[i].loss && got.of[i].correct == want.of[i].correct,
           "  the same loss of objective %d, %g", i, want.of[i].loss);
    model_destroy(model);
}

static void test_cut(struct scene *s, const char *name) {
    int64_t L = s->options.shape.L;
    for (int64_t cut = 1; cut < L; cut++) {
        struct model_options options = s->options;
        options.forward_only = true;
        options.objectives = 0;
        options.cut = cut;
        struct model *model = model_create(&options, &s->table);
        ok(gives(s, model, s->full->layers[L - cut - 1].out.at),
           "%s: the states after layer %d of %d", name, (int)(L - cut), (int)L);
        model_destroy(model);
    }
}

/* Bytes that a model takes, which must be those foretold. */
static size_t bytes_of(struct scene *s, const struct model_options *options) {
    size_t before = mem_mapped(), plan = model_measure(options);
    struct model *model = model_create(options, &s->table);
    is_int((int64_t)(mem_mapped() - before), (int64_t)plan,
           "  %d layers, %d cut off: bytes as planned", (int)options->shape.L,
           (int)options->cut);
    model_destroy(model);
    return plan;
}

static void test_memory(struct scene *s, size_t *one_layer) {
    struct model_options options = s->options;
    size_t trained = bytes_of(s, &options);
    options.forward_only = true;
    size_t light = bytes_of(s, &options);
    if (options.shape.L == 1)
        *one_layer = light;
    ok(light == *one_layer && light < trained,
       "  %zu bytes, as with one layer; trained %zu", light, trained);
    options.objectives = 0;
    options.cut = options.shape.L - 1;
    ok(bytes_of(s, &options) < light, "  fewer without heads");
}

/* ---- what is refused ---- */

struct wish {
    const char *what;
    bool forward_only;
    uint32_t objectives;
    int64_t cut;
};

static struct model *make(const struct wish *wish) {
    struct params_table *table = mem_alloc(1, sizeof *table); /* as long as it runs */
    struct model_options options = toy_options();
    model_layout(table, &options.shape, TOY_PAIRS);
    options.forward_only = wish->forward_only;
    options.objectives = wish->objectives;
    options.cut = wish->cut;
    return model_create(&options, table);
}

static void create(void *wish) { make(wish); }

static void train(void *wish) {
    struct params_table table = {0};
    struct params weights, grads;
    struct batch batch;
    struct model_sums sums = {0};
    struct model_step step = {0};
    struct shape shape = toy_shape();
    model_layout(&table, &shape, TOY_PAIRS);
    params_init(&weights, &table);
    params_init(&grads, &table);
    toy_weights(&weights, 5);
    toy_batch(&batch, SEQUENCES, 9);
    model_train(make(wish), &weights, &grads, &batch, 0, SEQUENCES, &step, &sums);
}

static void test_refusals(void) {
    struct wish bad[] = {
        {"cut off of a model that is trained", false, 0, 1},
        {"heads of a model that is cut", true, TOY_PAIRS, 1},
        {"all layers cut off", true, 0, 2},
        {"more layers than there are", true, 0, 3},
        {"fewer than none", true, 0, -1},
    };
    struct wish trained = {"", false, TOY_PAIRS, 0}, light = {"", true, TOY_PAIRS, 0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(dies(create, &bad[i]), "refused: %s", bad[i].what);
    ok(dies(train, &light), "refused: to train what is forward-only");
    ok(!dies(train, &trained), "and others are trained");
}

int main(void) {
    size_t one_layer = 0;
    omp_set_num_threads(1); /* see dies.h */
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        struct scene scene;
        const char *name = model_kinds[sorts[i].kind].name;
        scene_init(&scene, &sorts[i]);
        test_same(&scene, name);
        test_cut(&scene, name);
        test_memory(&scene, &one_layer);
        scene_fini(&scene);
    }
    test_refusals();
    return tap_done();
}
