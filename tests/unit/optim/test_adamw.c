/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: three steps of each rule on six weights must give the numbers that were worked
 * out elsewhere in double precision: adamw by torch.optim.AdamW, bert_adam by the
 * formulas of google-research/bert optimization.py.  Four weights decay by 0.1, two do
 * not; the gradients are scaled by 0.5, as clipping would; the rates are 0.01, 0.02,
 * 0.005. */
#include <stddef.h>

#include <string.h>

#include "src/optim/optim.h"
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
    const struct optimizer *rule = optim_find(rows[row].name);
    const struct near_limits limits = {.floor = 1e-3, .warn = 1e-6, .pass = 2e-6};
    struct optim_options options = {0.9, 0.999, rule->epsilon, 0.1};
    struct params_table table = {0};
    struct params weights, grads, m, v;
    params_table_add(&table, "matrix", 2, 2, true);
    params_table_add(&table, "bias", 2, 0, false);
    params_init(&weights, &table);
    params_init(&grads, &table);
    params_init(&m, &table);
    params_init(&v, &table);
    memcpy(weights.data, first, sizeof first);
    for (int t = 0; t < STEPS; t++) {
        memcpy(grads.data, gradients[t], sizeof gradients[t]);
        rule->update(&options, t + 1, rates[t], 0.5f, &grads, &weights, &m, &v);
        near_f32(WEIGHTS, weights.data, rows[row].want[t], limits, "%s: step %d",
                 rule->name, t + 1);
        ok(memcmp(grads.data, gradients[t], sizeof gradients[t]) == 0,
           "%s: gradients are only read", rule->name);
    }
    params_fini(&weights);
    params_fini(&grads);
    params_fini(&m);
    params_fini(&v);
    params_table_fini(&table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_rule(i);
    return tap_done();
}
