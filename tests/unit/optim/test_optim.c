/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: an optimizer is found by its whole name, with the epsilon of its paper's code;
 * it has a first pass exactly if it needs sums over tensors, and names of checkpoints
 * for all moments that it keeps. */
#include "src/optim/optim.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

/* A checkpoint has room for two moments today, whose names it knows. */
static bool are_kept(const struct optimizer *optimizer) {
    bool kept = optim_moments(optimizer) == CONTENTS_KINDS - 1;
    for (int i = 0; kept && optimizer->moments[i]; i++) {
        char group[64];
        snprintf(group, sizeof group, "/%s/", optimizer->moments[i]);
        kept = strcmp(group, contents_groups[1 + i]) == 0;
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
