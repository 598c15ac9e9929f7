/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: three steps of each form on nine weights must give the numbers that were
 * worked out in double precision with numpy, by the formulas of lamb.h: a matrix, a
 * vector that decays and begins at zero (its ratio is 1), and one that does not decay.
 * Gradients of norm 4 are scaled by 0.5, as clipping would; the rates are 0.01, 0.02,
 * 0.005.  Then a longer block must come out alike however it is cut into runs and
 * however many threads work on it. */
#include "src/optim/lamb.h"
#include "src/optim/optimizers.h"

#include <omp.h>
#include <string.h>

#include "tests/near.h"
#include "tests/tap.h"

enum { WEIGHTS = 9, STEPS = 3, TENSORS = 3 };

static const float first[WEIGHTS] = {0.5f, -0.25f, 1, 2, 0, 0, 0, 0.3f, -0.6f};
static const float gradients[STEPS][WEIGHTS] = {
    {0.1f, -0.2f, 0.3f, -0.4f, 0.5f, 0, -0.3f, 0.25f, 1e-4f},
    {-0.1f, 0.2f, 0, 0.8f, 0.25f, 1e-2f, 0.7f, -0.5f, 2e-4f},
    {0.05f, 0.05f, -0.6f, 1.5f, -1, 0.3f, 0.2f, 0.125f, 0},
};
static const double rates[STEPS] = {0.01, 0.02, 0.005};

static const struct {
    const char *name;
    double want[STEPS][WEIGHTS];
} rows[] = {
    {"lamb_albert",
     {{0.488281357, -0.238368969, 0.988093976, 2.01081153, -0.0316187771, 0,
       0.0316161113, 0.268385233, -0.619371318},
      {0.490623413, -0.241046666, 0.948611489, 1.98726476, -0.0322790073,
       -0.000524211421, 0.0313177346, 0.299497523, -0.683315853},
      {0.488115214, -0.243036826, 0.952971679, 1.97729307, -0.0322234751,
       -0.000700592401, 0.0311897457, 0.302880404, -0.697708985}}},
    {"lamb_ltg",
     {{0.487904174, -0.23819206, 0.987328017, 2.00921599, -0.00999996, 0, 0.00999993333,
       0.290000092, -0.609803945},
      {0.488089293, -0.239580985, 0.950267407, 1.98188161, -0.0102083121,
       -0.000166454924, 0.00990569268, 0.297322125, -0.628866498},
      {0.485453244, -0.241083228, 0.953156712, 1.97136454, -0.0101907252,
       -0.000222222556, 0.00986519977, 0.298005575, -0.632540025}}},
    {"lamb_nvidia",
     {{0.487904275, -0.238192049, 0.987327959, 2.00921603, -0.00999992, 0,
       0.00999986667, 0.290000172, -0.609615408},
      {0.488089344, -0.239580958, 0.950267429, 1.98188154, -0.010208291,
       -0.000166423808, 0.00990561734, 0.297322168, -0.62844282},
      {0.485453336, -0.241083183, 0.953156722, 1.97136445, -0.0101907041,
       -0.000222191016, 0.00986512446, 0.298005613, -0.632061142}}},
};

/* As the mover does it: the first pass over all runs, then the second. */
static void move(const struct optimizer *rule, const struct optim_step *step,
                 const struct params_table *table, const struct optim_part *all,
                 size_t cut) {
    const struct optim_options options = {0.9, 0.999, rule->epsilon, 0.1, 0};
    memset(all->sums, 0, (size_t)table->count * sizeof *all->sums);
    for (int pass = 0; pass < 2; pass++)
        for (size_t at = 0; at < all->span.count; at += cut) {
            size_t left = all->span.count - at;
            const struct optim_part run = {{at, left < cut ? left : cut},
                                           all->grads + at,
                                           all->weights + at,
                                           {all->moments[0] + at, all->moments[1] + at},
                                           all->sums,
                                           NULL};
            (pass ? rule->update : rule->measure)(&options, step, table, &run);
        }
}

static void test_rule(size_t row, size_t cut) {
    const struct optimizer *rule = optimizers_find(rows[row].name);
    const struct near_limits limits = {.floor = 1e-3, .warn = 1e-6, .pass = 2e-6};
    struct params_table table = {0};
    params_table_add(&table, "matrix", 2, 2, FIRST_ZERO, true);
    params_table_add(&table, "zero", 3, 0, FIRST_ZERO, true);
    params_table_add(&table, "bias", 2, 0, FIRST_ZERO, false);
    float grads[WEIGHTS], weights[WEIGHTS], m[WEIGHTS] = {0}, v[WEIGHTS] = {0};
    double sums[TENSORS][OPTIM_SUMS];
    const struct optim_part all = {{0, WEIGHTS}, grads, weights, {m, v}, sums, NULL};
    memcpy(weights, first, sizeof first);
    for (int t = 0; t < STEPS; t++) {
        const struct optim_step step = {t + 1, rates[t], 4, 0.5f};
        memcpy(grads, gradients[t], sizeof grads);
        move(rule, &step, &table, &all, cut);
        near_f32(WEIGHTS, weights, rows[row].want[t], limits,
                 "%s, runs of %zu: step %d", rule->name, cut, t + 1);
        bool clear = true;
        for (int i = 0; i < WEIGHTS; i++)
            clear = clear && grads[i] == 0;
        ok(clear, "  gradients are cleared");
    }
    params_table_fini(&table);
}

/* Without decay lamb_albert has its ratio still, the others are Adam. */
static void test_no_decay(void) {
    struct params_table table = {0};
    params_table_add(&table, "a", 1, 0, FIRST_ZERO, true);
    const double want[] = {3, 1, 1};
    for (size_t row = 0; row < sizeof want / sizeof *want; row++) {
        const struct optimizer *rule = optimizers_find(rows[row].name);
        const struct optim_options options = {0, 0, 1e-18, 0, 0};
        const struct optim_step step = {1, 0.5, 0, 1};
        float grad = 2, weight = 3, m = 0, v = 0;
        double sums[1][OPTIM_SUMS] = {{0}};
        const struct optim_part all = {{0, 1}, &grad, &weight, {&m, &v}, sums, NULL};
        rule->measure(&options, &step, &table, &all);
        rule->update(&options, &step, &table, &all);
        ok(weight == (float)(3 - 0.5 * want[row]), "%s without decay: ratio %g, got %g",
           rule->name, want[row], (double)(3 - weight) / 0.5);
    }
    params_table_fini(&table);
}

enum { LONG = 70001 };

struct block {
    float grads[LONG], weights[LONG], m[LONG], v[LONG];
};

static void move_block(struct block *b, const struct params_table *table, size_t cut,
                       int threads) {
    double sums[TENSORS][OPTIM_SUMS];
    const struct optim_step step = {3, 0.01, 4, 0.5f};
    const struct optim_part all = {{0, LONG},    b->grads, b->weights,
                                   {b->m, b->v}, sums,     NULL};
    memset(b, 0, sizeof *b);
    for (int i = 0; i < LONG; i++) {
        b->grads[i] = (float)(i % 101 - 50) * 0.01f;
        b->weights[i] = (float)(i % 37 - 18) * 0.1f;
    }
    omp_set_num_threads(threads);
    move(optimizers_find("lamb_ltg"), &step, table, &all, cut);
}

static void test_cuts(void) {
    static struct block whole, other;
    static const size_t cuts[] = {LONG, 4999, 16400, 16};
    static double want[LONG];
    const struct near_limits limits = {.floor = 1e-3, .warn = 1e-6, .pass = 1e-6};
    struct params_table table = {0};
    params_table_add(&table, "a", 3, 0, FIRST_ZERO, true);
    params_table_add(&table, "b", 50001, 0, FIRST_ZERO, true);
    params_table_add(&table, "c", 19997, 0, FIRST_ZERO, true);
    move_block(&whole, &table, LONG, 1);
    for (int i = 0; i < LONG; i++)
        want[i] = (double)whole.weights[i];
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        move_block(&whole, &table, cuts[c], 1);
        near_f32(LONG, whole.weights, want, limits,
                 "runs of %zu: but for rounding alike", cuts[c]);
        for (int threads = 2; threads <= 5; threads += 3) {
            move_block(&other, &table, cuts[c], threads);
            ok(memcmp(&whole, &other, sizeof whole) == 0, "  %d threads: the same bits",
               threads);
        }
    }
    params_table_fini(&table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_rule(i, WEIGHTS);
        test_rule(i, 2);
    }
    test_no_decay();
    test_cuts();
    return tap_done();
}
