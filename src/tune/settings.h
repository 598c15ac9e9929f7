/* SPDX-License-Identifier: Apache-2.0 */
/* Which options a fine-tuning depends on, beside the model: those that a user may set
 * over a recipe.  Local. */
#ifndef MPIBERT_TUNE_SETTINGS_H
#define MPIBERT_TUNE_SETTINGS_H

#include "src/base/err.h"
#include "src/core/config.h"

/* Sets in *config what was asked for and is not its default, but for what says which
 * jobs there are (finetune.tasks, finetune.seeds, …).  78: an option that fine-tuning
 * does not depend on, or that the model has fixed. */
int settings_take(struct config *config, const struct config *asked, struct err *err);

#endif
