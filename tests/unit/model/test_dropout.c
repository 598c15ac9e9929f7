/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what drops out is a function of the seed and of where a sequence comes from.
 * So a sequence's loss may not depend on its company, on its chunk or on threads; it
 * must change with the seed and with the origin; and over many seeds the loss must lie
 * around that of no dropout.  (That its gradient is that of the masks drawn: see
 * test_bert.) */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/model/bert.h"
#include "tests/tap.h"
#include "tests/toy.h"

enum { SEQUENCES = 6, SEEDS = 200 };

static struct params_table table;
static struct params weights, grads;

/* MLM loss of sequences first …, in chunks of at most max_sequences. */
static double loss_of(double dropout, uint64_t seed, const struct batch *batch,
                      int64_t first, int64_t count, int64_t max_sequences) {
    struct model_options options = toy_options();
    struct model_step step = {.scale[OBJECTIVE_MLM] = 0.1, .scale[OBJECTIVE_NSP] = 0.1};
    struct model_sums sums = {0};
    options.hidden_dropout = options.attention_dropout = dropout;
    options.dropout_seed = seed;
    options.max_sequences = max_sequences;
    struct model *model = model_create(&options, &table);
    memset(grads.data, 0, table.total * sizeof *grads.data);
    for (int64_t b = first, n; b < first + count; b += n) {
        n = model_chunk(model, batch, b);
        n = n < first + count - b ? n : first + count - b;
        model_train(model, &weights, &grads, batch, b, n, &step, &sums);
    }
    model_destroy(model);
    return sums.of[OBJECTIVE_MLM].loss;
}

static bool near(double a, double b) { return fabs(a - b) < 1e-6 * fabs(b); }

static void test_company(const struct batch *batch) {
    double all = loss_of(0.1, 3, batch, 0, SEQUENCES, SEQUENCES), sum = 0;
    for (int64_t b = 0; b < SEQUENCES; b++)
        sum += loss_of(0.1, 3, batch, b, 1, 1);
    ok(near(sum, all), "one by one: %.7f, together %.7f", sum, all);
    ok(near(loss_of(0.1, 3, batch, 0, SEQUENCES, 2), all), "two by two");
    omp_set_num_threads(3);
    ok(near(loss_of(0.1, 3, batch, 0, SEQUENCES, SEQUENCES), all),
       "with three threads");
    omp_set_num_threads(1);
    ok(loss_of(0.1, 3, batch, 0, SEQUENCES, SEQUENCES) == all, "again, the same bits");
    ok(!near(loss_of(0.1, 4, batch, 0, SEQUENCES, SEQUENCES), all), "another seed");
}

static void test_origins(struct batch *batch) {
    double loss = loss_of(0.1, 3, batch, 0, 1, 1);
    struct origin kept = batch->origins[0];
    const struct origin others[] = {{kept.lane + 1, kept.number},
                                    {kept.lane, kept.number + 1},
                                    {kept.lane, kept.number + ((uint64_t)1 << 32)}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        batch->origins[0] = others[i];
        ok(!near(loss_of(0.1, 3, batch, 0, 1, 1), loss), "another origin %zu", i);
    }
    batch->origins[0] = kept;
}

static void test_mean(const struct batch *batch) {
    double without = loss_of(0, 0, batch, 0, SEQUENCES, SEQUENCES), sum = 0,
           squares = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double x = loss_of(0.02, seed, batch, 0, SEQUENCES, SEQUENCES);
        sum += x;
        squares += x * x;
    }
    double mean = sum / SEEDS, deviation = sqrt(squares / SEEDS - mean * mean);
    ok(fabs(mean / without - 1) < 0.02, "mean loss %.4f, without dropout %.4f", mean,
       without);
    ok(deviation > 0.001 * without && deviation < 0.1 * without, "deviation %.4f",
       deviation);
}

/* Evaluation never drops anything. */
static void test_evaluate(const struct batch *batch) {
    struct model_options options = toy_options();
    struct model_sums sums = {0};
    options.hidden_dropout = options.attention_dropout = 0.5;
    struct model *model = model_create(&options, &table);
    model_evaluate(model, &weights, batch, 0, SEQUENCES, &sums);
    ok(near(sums.of[OBJECTIVE_MLM].loss, loss_of(0, 0, batch, 0, SEQUENCES, SEQUENCES)),
       "evaluation is without dropout");
    model_destroy(model);
}

int main(void) {
    struct batch batch;
    struct shape shape = toy_shape();
    omp_set_num_threads(1);
    model_layout(&table, &shape, TOY_PAIRS);
    params_init(&weights, &table);
    params_init(&grads, &table);
    toy_weights(&weights, 5);
    toy_batch(&batch, SEQUENCES, 4);
    test_company(&batch);
    test_origins(&batch);
    test_mean(&batch);
    test_evaluate(&batch);
    batch_fini(&batch);
    params_fini(&weights);
    params_fini(&grads);
    params_table_fini(&table);
    return tap_done();
}
