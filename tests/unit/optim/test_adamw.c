/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: three steps of each rule on six weights must give the numbers that were worked
 * out elsewhere in double precision: adamw by torch.optim.AdamW, bert_adam by the
 * formulas of google-research/bert optimization.py.  Four weights decay by 0.1, two do
 * not; the gradients are scaled by 0.5, as clipping would; the rates are 0.01, 0.02,
 * 0.005. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "src/optim/optimizers.h"
#include "tests/near.h"
#include "tests/tap.h"

enum { WEIGHTS = 6, STEPS = 3 };

static const float first[WEIGHTS] = {0.5f, -0.25f, 1.0f, 2.0f, 0.3f, -0.6f};
static const float gradients[STEPS][WEIGHTS] = {
    {0.1f, -0.2f, 0.3f, -0.4f, 0.5f, 0.0f},
    {-0.1f, 0.2f, 0.0f, 0.8f, 0.25f, 1e-4f},
    {0.05f, 0.05f, -0.6f, 1.5f, -1.0f, 2e-4f},
};
static const double rates[STEPS] = {0.01, 0.02, 0.005};

static const struct {
    const char *name;
    double want[STEPS][WEIGHTS];
} rows[] = {
    {"adamw",
     {{0.489500002, -0.239750001, 0.989000001, 2.008, 0.29, -0.6},
      {0.489573633, -0.240323132, 0.973620837, 1.99666193, 0.271356409, -0.614878529},
      {0.488455219, -0.240959703, 0.974834199, 1.99219542, 0.272388194, -0.619020751}}},
    {"bert_adam",
     {{0.467897211, -0.21813722, 0.967383889, 2.02961778, 0.268381223, -0.6},
      {0.471432671, -0.2221732, 0.908511651, 1.99444493, 0.189162532, -0.638742589},
      {0.466874116, -0.225807289, 0.916472854, 1.97628005, 0.194269829, -0.654728723}}},
};

static void test_rule(size_t row) {
    const struct optimizer *rule = optimizers_find(rows[row].name);
    const struct near_limits limits = {.floor = 1e-3, .warn = 1e-6, .pass = 2e-6};
    struct optim_options options = {0.9, 0.999, rule->epsilon, 0.1, 0};
    struct params_table table = {0};
    struct params weights, grads, m, v;
    params_table_add(&table, "matrix", 2, 2, FIRST_NORMAL, true);
    params_table_add(&table, "bias", 2, 0, FIRST_ZERO, false);
    params_init(&weights, &table);
    params_init(&grads, &table);
    params_init(&m, &table);
    params_init(&v, &table);
    memcpy(weights.data, first, sizeof first);
    for (int t = 0; t < STEPS; t++) {
        memcpy(grads.data, gradients[t], sizeof gradients[t]);
        const struct optim_part all = {{0, WEIGHTS},     grads.data, weights.data,
                                       {m.data, v.data}, NULL,       NULL};
        const struct optim_step step = {
            .number = t + 1, .rate = rates[t], .grad_scale = 0.5f};
        rule->update(&options, &step, &table, &all);
        near_f32(WEIGHTS, weights.data, rows[row].want[t], limits, "%s: step %d",
                 rule->name, t + 1);
        bool clear = true;
        for (int i = 0; i < WEIGHTS; i++)
            clear = clear && grads.data[i] == 0;
        ok(clear, "%s: gradients are cleared", rule->name);
    }
    params_fini(&weights);
    params_fini(&grads);
    params_fini(&m);
    params_fini(&v);
    params_table_fini(&table);
}

/* A block long enough for several threads, with borders of decay at odd places. */
enum { LONG = 70001 };

struct block {
    struct params_table table;
    float grads[LONG], weights[LONG], m[LONG], v[LONG];
};

static void block_init(struct block *b) {
    static const struct {
        int64_t rows;
        bool decay;
    } tensors[] = {{3, true},  {50001, true}, {17, false},
                   {1, false}, {19970, true}, {9, false}};
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        params_table_add(&b->table, "t", tensors[i].rows, 0, FIRST_ZERO,
                         tensors[i].decay);
    for (int i = 0; i < LONG; i++) {
        b->grads[i] = (float)(i % 101 - 50) * 0.01f;
        b->weights[i] = (float)(i % 37 - 18) * 0.1f;
        b->m[i] = (float)(i % 13) * 0.001f;
        b->v[i] = (float)(i % 7 + 1) * 0.0001f;
    }
}

static void move(struct block *b, size_t begin, size_t end) {
    const struct optim_options options = {0.9, 0.999, 1e-8, 0.1, 0};
    const struct optim_part run = {{begin, end - begin},
                                   b->grads + begin,
                                   b->weights + begin,
                                   {b->m + begin, b->v + begin},
                                   NULL,
                                   NULL};
    const struct optim_step step = {.number = 3, .rate = 0.01, .grad_scale = 0.5f};
    optimizers_find("adamw")->update(&options, &step, &b->table, &run);
}

static void test_runs(size_t run) {
    static struct block whole, cut, by_hand;
    block_init(&whole), block_init(&cut), block_init(&by_hand);
    is_int((int64_t)whole.table.total, LONG, "the block");
    move(&whole, 0, LONG);
    for (size_t at = 0; at < LONG; at += run)
        move(&cut, at, at + run < LONG ? at + run : LONG);
    ok(memcmp(whole.weights, cut.weights, sizeof cut.weights) == 0 &&
           memcmp(whole.m, cut.m, sizeof cut.m) == 0 &&
           memcmp(whole.v, cut.v, sizeof cut.v) == 0,
       "runs of %zu: the same bits as at once", run);
    double worst = 0;
    for (int i = 0; i < LONG; i++) {
        bool decay = i < 50004 || (i >= 50022 && i < 69992);
        double g = 0.5 * by_hand.grads[i], m = .9 * by_hand.m[i] + .1 * g;
        double v = .999 * by_hand.v[i] + .001 * g * g, w = by_hand.weights[i];
        double step =
            .01 * m / (1 - pow(.9, 3)) / (sqrt(v / (1 - pow(.999, 3))) + 1e-8);
        double want = w - step - (decay ? .01 * .1 * w : 0);
        worst = fmax(worst, fabs(want - cut.weights[i]));
    }
    ok(worst < 1e-6, "each element decays as its tensor says: off by %g", worst);
    params_table_fini(&whole.table);
    params_table_fini(&cut.table);
    params_table_fini(&by_hand.table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_rule(i);
    test_runs(LONG);
    test_runs(1);
    test_runs(4999);
    test_runs(16400); /* several threads */
    return tap_done();
}
