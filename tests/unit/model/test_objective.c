/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: heads lie in the order of the table of objectives, the pooler before them
 * and what is of odd length after them, so that a set's tensors and their first
 * values never depend on what else the program can train; a table tells which
 * objectives it is for; operations are those of each product, written out here; what
 * a model does not train it does not count. */
#include "src/model/objective.h"

#include <math.h>

#include "tests/dies.h"
#include "tests/tap.h"
#include "tests/toy.h"

static const struct {
    uint32_t set;
    const char *tensors[16]; /* after the encoder's */
} heads[] = {
    {TOY_SINGLE,
     {"cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
      "cls.predictions.transform.LayerNorm.weight",
      "cls.predictions.transform.LayerNorm.bias", "cls.predictions.bias"}},
    {TOY_PAIRS,
     {"bert.pooler.dense.weight", "bert.pooler.dense.bias",
      "cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
      "cls.predictions.transform.LayerNorm.weight",
      "cls.predictions.transform.LayerNorm.bias", "cls.seq_relationship.weight",
      "cls.predictions.bias", "cls.seq_relationship.bias"}},
    {TOY_ORDER,
     {"bert.pooler.dense.weight", "bert.pooler.dense.bias",
      "cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
      "cls.predictions.transform.LayerNorm.weight",
      "cls.predictions.transform.LayerNorm.bias", "cls.seq_relationship.weight",
      "cls.predictions.bias", "cls.seq_relationship.bias"}},
    {TOY_SPANS,
     {"cls.predictions.transform.dense.weight", "cls.predictions.transform.dense.bias",
      "cls.predictions.transform.LayerNorm.weight",
      "cls.predictions.transform.LayerNorm.bias", "cls.sbo.position_embeddings.weight",
      "cls.sbo.transform.0.dense.weight", "cls.sbo.transform.0.dense.bias",
      "cls.sbo.transform.0.LayerNorm.weight", "cls.sbo.transform.0.LayerNorm.bias",
      "cls.sbo.transform.1.dense.weight", "cls.sbo.transform.1.dense.bias",
      "cls.sbo.transform.1.LayerNorm.weight", "cls.sbo.transform.1.LayerNorm.bias",
      "cls.predictions.bias", "cls.sbo.bias"}},
    {TOY_REPLACED,
     {"discriminator_predictions.dense.weight", "discriminator_predictions.dense.bias",
      "discriminator_predictions.dense_prediction.weight",
      "discriminator_predictions.dense_prediction.bias"}},
    {0, {NULL}},
};

static void test_order(void) {
    struct shape shape = toy_shape();
    int encoder = 5 + 16 * (int)shape.L;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct params_table table = {0};
        int n = 0;
        model_layout(&table, &shape, heads[i].set);
        for (; heads[i].tensors[n] && encoder + n < table.count; n++)
            is_str(table.tensors[encoder + n].name, heads[i].tensors[n],
                   "set %u: tensor %d", heads[i].set, n);
        ok(heads[i].tensors[n] == NULL && table.count == encoder + n,
           "set %u: no more and no fewer", heads[i].set);
        params_table_fini(&table);
    }
}

static void test_told(void) {
    static const struct {
        const char *tensor; /* the only one */
        uint32_t wished, told;
    } rows[] = {
        {"bert.embeddings.LayerNorm.bias", TOY_PAIRS, 0},
        {"cls.predictions.bias", TOY_PAIRS, TOY_SINGLE},
        {"cls.predictions.bias", 0, TOY_SINGLE},
        {"cls.seq_relationship.bias", TOY_PAIRS, OBJECTIVE_SET(NSP)},
        {"cls.seq_relationship.weight", 0, OBJECTIVE_SET(NSP)},
        {"bert.pooler.dense.weight", 0, OBJECTIVE_SET(NSP)},
        {"cls.seq_relationship.bias", TOY_ORDER, OBJECTIVE_SET(SOP)},
        {"cls.sbo.bias", 0, OBJECTIVE_SET(SBO)},
        {"discriminator_predictions.dense.bias", TOY_SINGLE, TOY_REPLACED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct params_table table = {0};
        params_table_add(&table, rows[i].tensor, 2, 0, FIRST_ZERO, false);
        is_int(model_objectives(&table, rows[i].wished), rows[i].told, "%s tells",
               rows[i].tensor);
        params_table_fini(&table);
    }
}

/* A product of (m, k) and (k, n) costs 2 m k n forward and twice that backward. */
static double product(double m, double k, double n) { return 3 * 2 * m * k * n; }

static void test_flops(void) {
    struct shape shape = toy_shape();
    shape.E = 12;
    double H = (double)shape.H, E = (double)shape.E, V = (double)shape.V;
    double masked = product(7, H, E) + product(7, E, V);
    double pairs = product(7, H, H) + product(7, H, 2);
    ok(fabs(mlm_objective.flops(&shape, 7) - masked) < 1e-9, "operations of MLM");
    double spans = product(7, 3 * H, H) + masked;
    ok(fabs(sbo_objective.flops(&shape, 7) - spans) < 1e-9, "operations of SBO");
    double replaced = product(7, H, H) + product(7, H, 1);
    ok(fabs(rtd_objective.flops(&shape, 7) - replaced) < 1e-9, "operations of RTD");
    ok(fabs(nsp_objective.flops(&shape, 7) - pairs) < 1e-9, "operations of NSP");
}

static void test_counts(void) {
    static const uint32_t sets[] = {TOY_SINGLE, TOY_PAIRS};
    struct batch batch;
    toy_batch(&batch, 9, 4);
    double flops[2];
    for (int i = 0; i < 2; i++) {
        struct model_options options = toy_options();
        struct params_table table = {0};
        uint64_t counts[OBJECTIVES], pairs = 0;
        options.objectives = sets[i];
        model_layout(&table, &options.shape, options.objectives);
        struct model *model = model_create(&options, &table);
        model_count(model, &batch, counts);
        for (int64_t b = 0; i == 1 && b < batch.B; b++)
            pairs += batch.next[b] != NEXT_NONE;
        is_int((int64_t)counts[OBJECTIVE_MLM], batch.M, "set %u: masked", sets[i]);
        is_int((int64_t)counts[OBJECTIVE_NSP], (int64_t)pairs, "  pairs");
        flops[i] = model_flops(model, &batch);
        if (i == 1)
            ok(flops[1] - flops[0] ==
                   nsp_objective.flops(&options.shape, (int64_t)pairs),
               "  operations, with those of pairs");
        model_destroy(model);
        params_table_fini(&table);
    }
    batch_fini(&batch);
}

/* A model of pairs out of a table that has no head for them, and the other way. */
static void create(void *context) {
    const uint32_t *sets = context;
    struct model_options options = toy_options();
    struct params_table table = {0};
    options.objectives = sets[0];
    model_layout(&table, &options.shape, sets[1]);
    model_create(&options, &table);
}

static void test_refusals(void) {
    uint32_t more[] = {TOY_PAIRS, TOY_SINGLE}, fewer[] = {TOY_SINGLE, TOY_PAIRS};
    ok(dies(create, more), "a head that the table lacks is refused");
    ok(dies(create, fewer), "a head that nobody asked for is refused");
}

int main(void) {
    test_order();
    test_told();
    test_flops();
    test_counts();
    test_refusals();
    return tap_done();
}
