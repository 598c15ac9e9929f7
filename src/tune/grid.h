/* SPDX-License-Identifier: Apache-2.0 */
/* A grid of settings, "train.learning_rate=1e-4,5e-5 finetune.batch=16,32": axes that
 * blanks separate, each a key with the values to try.  A cell is one value of each. */
#ifndef MPIBERT_TUNE_GRID_H
#define MPIBERT_TUNE_GRID_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/core/config.h"

/* How many cells a grid has; 1 for NULL, which has one cell of no settings.  -1 (78):
 * an axis is not KEY=VALUE,…, or there are over 10,000 cells. */
int64_t grid_cells(const char *grid, struct err *err);
/* Sets what cell i says, and appends its name to *name: "learning_rate 1e-4, batch 16".
 * 78: as config_set. */
int grid_apply(const char *grid, int64_t i, struct config *config, struct str *name,
               struct err *err);

#endif
