/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the plain model in double precision is the truth of all other tests of this
 * room, so its gradient of every tensor must be what finite differences of its loss
 * say, with either gelu, with and without pairs, with and without dropout. */
#include "tests/refbert.h"

#include <stdlib.h>

#include "src/base/mem.h"
#include "tests/gradcheck.h"
#include "tests/tap.h"
#include "tests/toy.h"

struct question {
    const struct refbert *ref;
    const double *weights;
    const struct batch *batch;
};

static double loss_of(void *context) {
    const struct question *q = context;
    return refbert_loss(q->ref, q->weights, q->batch, NULL);
}

static const struct {
    const char *name;
    enum gelu_kind gelu;
    uint32_t objectives;
    double dropout;
    enum kind_id kind;
    int64_t D, E;
} rows[] = {
    {"erf, pairs", GELU_ERF, TOY_PAIRS, 0, KIND_BERT, 8, 16},
    {"tanh, no pairs", GELU_TANH, TOY_SINGLE, 0, KIND_BERT, 8, 16},
    {"erf, pairs, dropout", GELU_ERF, TOY_PAIRS, 0.2, KIND_BERT, 8, 16},
    {"megatron-bert", GELU_ERF, TOY_PAIRS, 0, KIND_MEGATRON_BERT, 8, 16},
    {"megatron-bert, dropout", GELU_TANH, TOY_SINGLE, 0.2, KIND_MEGATRON_BERT, 8, 16},
    {"heads of 5", GELU_ERF, TOY_SINGLE, 0.2, KIND_BERT, 5, 16},
    {"erf, order", GELU_ERF, TOY_ORDER, 0.2, KIND_BERT, 8, 16},
    {"erf, spans", GELU_ERF, TOY_SPANS, 0.2, KIND_BERT, 8, 16},
    {"embeddings of 9", GELU_ERF, TOY_PAIRS, 0.2, KIND_ELECTRA, 8, 9},
    {"embeddings of 20, pre", GELU_TANH, TOY_SINGLE, 0, KIND_MEGATRON_BERT, 8, 20},
    {"taught", GELU_ERF, TOY_TAUGHT, 0.2, KIND_BERT, 8, 16},
    {"related", GELU_ERF, TOY_RELATED, 0.2, KIND_BERT, 8, 16},
    {"related, pre", GELU_ERF, TOY_RELATED, 0, KIND_MEGATRON_BERT, 4, 16},
    {"latent alone", GELU_TANH, TOY_LATENT, 0, KIND_BERT, 8, 20},
    {"taught, pre", GELU_ERF, TOY_TAUGHT, 0, KIND_MEGATRON_BERT, 8, 9},
    {"embeddings of 9, spans", GELU_ERF, TOY_SPANS, 0.2, KIND_BERT, 8, 9},
    {"erf, replaced", GELU_ERF, TOY_REPLACED, 0.2, KIND_ELECTRA, 8, 9},
    {"tanh, replaced, pre", GELU_TANH, TOY_REPLACED, 0, KIND_MEGATRON_BERT, 8, 16},
};

static void test_tensors(const char *name, const struct question *question,
                         double *weights, const double *grads) {
    const struct params_table *table = question->ref->table;
    for (int i = 0; i < table->count; i++) {
        const struct tensor *tensor = &table->tensors[i];
        struct gradcheck check = {.x = weights + tensor->offset,
                                  .grad = grads + tensor->offset,
                                  .count = tensor->count,
                                  .step = 1e-5,
                                  .floor = 1e-3};
        double error = gradcheck_along(&check, loss_of, (void *)question);
        ok(error < 1e-6, "%s: %s (%.1e)", name, tensor->name, error);
    }
}

static void test_row(size_t i) {
    struct params_table table = {0};
    struct params weights;
    struct batch batch;
    struct toy_targets targets;
    struct refbert ref = {.options = toy_options(),
                          .table = &table,
                          .scale = {[OBJECTIVE_MLM] = 0.2,
                                    [OBJECTIVE_NSP] = 0.5,
                                    [OBJECTIVE_SOP] = 0.7,
                                    [OBJECTIVE_SBO] = 0.3,
                                    [OBJECTIVE_SOFT] = 0.4,
                                    [OBJECTIVE_RELATION] = 0.8,
                                    [OBJECTIVE_COSINE] = 0.6,
                                    [OBJECTIVE_RTD] = 0.1,
                                    [OBJECTIVE_LATENT] = 0.8}};
    ref.options.shape.gelu = rows[i].gelu;
    ref.options.shape.kind = rows[i].kind;
    ref.options.shape.D = rows[i].D;
    ref.options.shape.E = rows[i].E;
    ref.options.hidden_dropout = ref.options.attention_dropout = rows[i].dropout;
    ref.options.objectives = rows[i].objectives;
    model_layout(&table, &ref.options.shape, ref.options.objectives);
    params_init(&weights, &table);
    toy_weights(&weights, 5);
    toy_batch(&batch, 4, 3);
    toy_targets_init(&targets, &batch, 8);
    ref.targets = &targets.of;
    double *w = mem_alloc(table.total, sizeof *w),
           *g = mem_alloc(table.total, sizeof *g);
    for (size_t j = 0; j < table.total; j++)
        w[j] = weights.data[j];
    struct question question = {&ref, w, &batch};
    double loss = refbert_loss(&ref, w, &batch, g);
    ok(loss > 0 && loss == loss_of(&question), "%s: the same loss again", rows[i].name);
    test_tensors(rows[i].name, &question, w, g);
    mem_free(w);
    mem_free(g);
    toy_targets_fini(&targets);
    batch_fini(&batch);
    params_fini(&weights);
    params_table_fini(&table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(i);
    return tap_done();
}
