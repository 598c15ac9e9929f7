/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an optimizer is found by its whole name, with the epsilon of its paper's code;
 * it has a first pass exactly if it needs sums over tensors, and names of checkpoints
 * for all moments that it keeps.  Of three tensors that are alike but for their rates,
 * one moves half as far as the first, and one not at all. */
#include "src/optim/optimizers.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "io/ckpt/contents.h"
#include "tests/tap.h"

static const struct {
    const char *name;
    double epsilon; /* 0: no such optimizer */
} rows[] = {{"adamw", 1e-8},       {"bert_adam", 1e-6},
            {"lamb_albert", 1e-6}, {"lamb_ltg", 1e-6},
            {"lamb_nvidia", 1e-6}, {"muon", 1e-8},
            {"adam", 0},           {"AdamW", 0},
            {"lamb", 0},           {"", 0}};

/* A checkpoint has room for its moments, each under a name of its own. */
static bool are_kept(const struct optimizer *optimizer) {
    const int count = optim_moments(optimizer);
    bool kept = count > 0 && count < CKPT_BLOCKS;
    for (int i = 0; kept && i < count; i++) {
        const char *name = optimizer->moments[i].name;
        kept = strlen(name) < CONTENTS_GROUP_SIZE && strcmp(name, CKPT_WEIGHTS) != 0;
        for (int j = 0; kept && j < i; j++)
            kept = strcmp(name, optimizer->moments[j].name) != 0;
    }
    return kept;
}

/* ---- rates of tensors ---- */

enum { SIDE = 4, COUNT = SIDE * SIDE, TENSORS = 3 };

struct block {
    struct params_table table;
    float grads[TENSORS * COUNT], weights[TENSORS * COUNT];
    float moments[OPTIM_MOMENTS][TENSORS * COUNT];
    double sums[TENSORS][OPTIM_SUMS];
    float scratch[8 * COUNT];
};

/* Three times the same matrix, of rates 1, 0.5 and 0. */
static void make_block(struct block *b) {
    static const char *const names[] = {"a", "b", "c"};
    memset(b, 0, sizeof *b);
    for (int t = 0; t < TENSORS; t++) {
        params_table_add(&b->table, names[t], SIDE, SIDE, FIRST_NORMAL, true);
        b->table.tensors[t].hidden = true;
        b->table.tensors[t].rate = 1 - 0.5f * (float)t;
        for (int i = 0; i < COUNT; i++) {
            b->weights[t * COUNT + i] = (float)sin(i + 1);
            b->grads[t * COUNT + i] = (float)cos(3 * i);
        }
    }
}

static void check_rates(const struct optimizer *rule) {
    struct block b;
    const struct optim_options options = {0.9, 0.999, rule->epsilon, 0.1, 0.95};
    const struct optim_step step = {1, 0.01, 1, 1};
    make_block(&b);
    const struct optim_part run = {{0, TENSORS * COUNT},
                                   b.grads,
                                   b.weights,
                                   {b.moments[0], b.moments[1], b.moments[2]},
                                   b.sums,
                                   b.scratch};
    if (rule->measure)
        rule->measure(&options, &step, &b.table, &run);
    rule->update(&options, &step, &b.table, &run);
    bool half = true, still = true;
    for (int i = 0; i < COUNT; i++) {
        double moved = b.weights[i] - sin(i + 1),
               slow = b.weights[COUNT + i] - sin(i + 1);
        half &= fabs(moved) > 1e-6 && fabs(slow - moved / 2) < 2e-7;
        still &= b.weights[2 * COUNT + i] == (float)sin(i + 1);
    }
    ok(half, "%s: half the rate is half the way", rule->name);
    ok(still, "%s: without a rate it stays, decay or not", rule->name);
    params_table_fini(&b.table);
}

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct optimizer *found = optimizers_find(rows[i].name);
        if (found)
            check_rates(found);
        if (rows[i].epsilon > 0)
            ok(found && found->epsilon == rows[i].epsilon && found->update &&
                   (found->unit == OPTIM_TENSOR) == (found->measure != NULL) &&
                   are_kept(found),
               "'%s' is there, epsilon %g", rows[i].name, rows[i].epsilon);
        else
            ok(found == NULL, "'%s' is not there", rows[i].name);
    }
    return tap_done();
}
