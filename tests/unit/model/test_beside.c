/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: two models in one table must be what each is in a table of its own: no two
 * names alike, the same losses, the same gradients to the last bit.  Where the second
 * has no embeddings, both add to those of the first: there the gradients are the sum.
 * Each tells of every span of its own once, on either way, in the order that sums of
 * gradients and weights travel in. */
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/model/bert.h"
#include "tests/dies.h"
#include "tests/near.h"
#include "tests/tap.h"
#include "tests/toy.h"

#define SECOND "second."
enum { SEQUENCES = 9, FIRST_SET = OBJECTIVE_SET(NSP), SECOND_SET = OBJECTIVE_SET(MLM) };

/* Narrower in all that two models with the same embeddings may differ in. */
static struct shape second_shape(void) {
    struct shape shape = toy_shape();
    shape.L = 1;
    shape.H = 12;
    shape.F = 40;
    shape.A = 4;
    return shape;
}

/* A model in a table, alone or beside another, and what came of training it. */
struct part {
    struct model_options options;
    struct params_table table; /* of its own */
    struct params weights, grads;
    double loss;
    uint8_t *needed, *told; /* how often, an element of the table that it lies in */
    size_t total, last;     /* of the table; where the last span began */
    bool in_order;
};

static void part_init(struct part *p, const struct shape *shape, uint32_t set) {
    *p = (struct part){.options = toy_options()};
    p->options.shape = *shape;
    p->options.objectives = set;
    p->options.hidden_dropout = p->options.attention_dropout = 0.1;
    model_layout(&p->table, shape, set);
    params_init(&p->weights, &p->table);
    params_init(&p->grads, &p->table);
}

static void part_fini(struct part *p) {
    mem_free(p->needed);
    mem_free(p->told);
    params_fini(&p->weights);
    params_fini(&p->grads);
    params_table_fini(&p->table);
}

static void count(uint8_t *times, struct span span) {
    for (size_t i = 0; i < span.count; i++)
        times[span.offset + i]++;
}

static void need(struct span span, void *context) {
    struct part *p = context;
    p->in_order = p->in_order && span.offset >= p->last;
    p->last = span.offset + span.count;
    count(p->needed, span);
}

/* The way up is over when the way down begins. */
static void ready(struct span span, void *context) {
    struct part *p = context;
    p->in_order = p->in_order && span.offset + span.count <= p->last;
    p->last = span.offset;
    count(p->told, span);
}

static void train(struct part *p, const struct params *weights, struct params *grads,
                  const struct batch *batch) {
    struct model *model = model_create(&p->options, weights->table);
    struct model_sums sums = {0};
    struct model_step step = {.on_ready = ready, .need = need, .context = p};
    for (int i = 0; i < OBJECTIVES; i++)
        step.scale[i] = 0.01;
    mem_free(p->needed);
    mem_free(p->told);
    p->total = weights->table->total;
    p->needed = mem_alloc(p->total, 1);
    p->told = mem_alloc(p->total, 1);
    p->last = 0;
    p->in_order = true;
    model_train(model, weights, grads, batch, 0, SEQUENCES, &step, &sums);
    p->loss = sums.of[OBJECTIVE_MLM].loss + sums.of[OBJECTIVE_NSP].loss;
    model_destroy(model);
}

/* Where a tensor of its own table lies in the one that it shares. */
static const struct tensor *joint(const struct params_table *table, const char *prefix,
                                  const struct tensor *own) {
    char name[2 * TENSOR_NAME_SIZE];
    snprintf(name, sizeof name, "%s%s", prefix, own->name);
    const struct tensor *tensor = params_find(table, name);
    return tensor ? tensor : params_find(table, own->name);
}

static void take_weights(struct part *p, const char *prefix,
                         const struct params *from) {
    for (int i = 0; i < p->table.count; i++) {
        const struct tensor *own = &p->table.tensors[i];
        memcpy(p->weights.data + own->offset,
               from->data + joint(from->table, prefix, own)->offset,
               own->count * sizeof(float));
    }
}

/* ---- what must hold ---- */

static bool is_embedding(const struct tensor *tensor) {
    return strstr(tensor->name, "bert.embeddings.") != NULL;
}

static void check_names(const struct params_table *table) {
    int alike = 0;
    for (int i = 0; i < table->count; i++)
        for (int j = 0; j < i; j++)
            alike += strcmp(table->tensors[i].name, table->tensors[j].name) == 0;
    is_int(alike, 0, "of %d names no two are alike", table->count);
}

/* But for embeddings that another adds to. */
static void check_gradients(const struct part *p, const char *prefix,
                            const struct params *grads, bool shared) {
    int differ = 0;
    for (int i = 0; i < p->table.count; i++) {
        const struct tensor *own = &p->table.tensors[i];
        if (!shared || !is_embedding(own))
            differ += memcmp(p->grads.data + own->offset,
                             grads->data + joint(grads->table, prefix, own)->offset,
                             own->count * sizeof(float)) != 0;
    }
    is_int(differ, 0, "'%s': gradients as alone, to the bit", prefix);
}

static void check_sum(const struct part *first, const struct part *second,
                      const struct params *grads) {
    for (int i = 0; i < first->table.count; i++) {
        const struct tensor *t = &first->table.tensors[i];
        if (!is_embedding(t))
            continue;
        const float *a = first->grads.data + t->offset;
        const float *b =
            second->grads.data + params_find(&second->table, t->name)->offset;
        double *sum = mem_alloc(t->count, sizeof *sum);
        for (size_t j = 0; j < t->count; j++)
            sum[j] = (double)a[j] + (double)b[j];
        near_f32((int64_t)t->count, grads->data + t->offset, sum,
                 (struct near_limits){1, 1e-6, 1e-5}, "%s: the sum", t->name);
        mem_free(sum);
    }
}

/* Every element of its own once, none of the other's. */
static void check_told(const struct part *p, const char *prefix,
                       const struct params_table *table) {
    uint8_t *own = mem_alloc(table->total, 1);
    for (int i = 0; i < p->table.count; i++) {
        const struct tensor *t = joint(table, prefix, &p->table.tensors[i]);
        memset(own + t->offset, 1, t->count);
    }
    ok(memcmp(p->needed, own, table->total) == 0, "'%s': asks for its own", prefix);
    ok(memcmp(p->told, own, table->total) == 0, "'%s': tells of its own", prefix);
    ok(p->in_order, "'%s': in order", prefix);
    mem_free(own);
}

static void test_pair(bool shared) {
    struct shape shapes[2] = {toy_shape(), second_shape()};
    struct part first, second;
    struct params_table table = {0};
    struct params weights, grads;
    struct batch batch;
    toy_batch(&batch, SEQUENCES, 9);
    part_init(&first, &shapes[0], FIRST_SET);
    part_init(&second, &shapes[1], SECOND_SET);
    model_layout(&table, &shapes[0], FIRST_SET);
    model_layout_beside(&table, SECOND, !shared, &shapes[1], SECOND_SET);
    params_init(&weights, &table);
    params_init(&grads, &table);
    toy_weights(&weights, 5);
    check_names(&table);
    take_weights(&first, "", &weights);
    take_weights(&second, SECOND, &weights);
    train(&first, &first.weights, &first.grads, &batch);
    train(&second, &second.weights, &second.grads, &batch);
    double alone[2] = {first.loss, second.loss};
    second.options.prefix = SECOND;
    train(&second, &weights, &grads, &batch);
    train(&first, &weights, &grads, &batch);
    ok(first.loss == alone[0] && second.loss == alone[1], "losses as alone: %g, %g",
       alone[0], alone[1]);
    check_gradients(&first, "", &grads, shared);
    check_gradients(&second, SECOND, &grads, shared);
    check_told(&first, "", &table);
    check_told(&second, SECOND, &table);
    if (shared)
        check_sum(&first, &second, &grads);
    part_fini(&first);
    part_fini(&second);
    params_fini(&weights);
    params_fini(&grads);
    params_table_fini(&table);
    batch_fini(&batch);
}

/* ---- what is refused ---- */

struct wish {
    const char *what, *prefix;
    int64_t wider;
    uint32_t set;
};

static void make(void *context) {
    const struct wish *wish = context;
    struct shape shapes[2] = {toy_shape(), second_shape()};
    struct params_table table = {0};
    struct model_options options = toy_options();
    shapes[1].E += wish->wider;
    model_layout(&table, &shapes[0], FIRST_SET);
    model_layout_beside(&table, SECOND, false, &shapes[1], SECOND_SET);
    options.shape = shapes[1];
    options.objectives = wish->set;
    options.prefix = wish->prefix;
    model_destroy(model_create(&options, &table));
    params_table_fini(&table);
}

static void test_refusals(void) {
    struct wish good = {"", SECOND, 0, SECOND_SET};
    struct wish bad[] = {
        {"a prefix that nothing has", "third.", 0, SECOND_SET},
        {"the first one's place", NULL, 0, SECOND_SET},
        {"embeddings of another width", SECOND, 8, SECOND_SET},
        {"a head of the first alone", SECOND, 0, FIRST_SET},
        {"none of its heads", SECOND, 0, 0},
    };
    ok(!dies(make, &good), "a second model is found");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(dies(make, &bad[i]), "refused: %s", bad[i].what);
}

int main(void) {
    omp_set_num_threads(1); /* see dies.h */
    test_pair(false);
    test_pair(true);
    test_refusals();
    return tap_done();
}
