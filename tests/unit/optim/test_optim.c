/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an optimizer is found by its whole name, with the epsilon of its paper's code;
 * it has a first pass exactly if it needs sums over tensors, and names of checkpoints
 * for all moments that it keeps. */
#include "src/optim/optim.h"

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

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct optimizer *found = optim_find(rows[i].name);
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
