/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes of fine-tuning: what an option is where nobody says otherwise.  Each is a
 * list of settings, so that `--set` changes any of them. */
#ifndef MPIBERT_TUNE_RECIPES_H
#define MPIBERT_TUNE_RECIPES_H

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/task/task.h"

struct recipe {
    const char *name;         /* "hf" */
    const char *what;         /* one line */
    const char *settings[12]; /* "key=value", then NULL */
};

extern const struct recipe recipes[]; /* ends with a NULL name */

/* Sets all options of training and tasks (train.*, finetune.*, task.*) to their
 * defaults and then to the recipe's.  What the model is, and how it reads text, stays.
 * 64 for a name that is none, with those that are. */
int recipes_apply(struct config *config, const char *name, struct err *err);
/* What a recipe says of this task alone ("five epochs of MRPC"): settings that count
 * before those of the command line. */
int recipes_apply_task(struct config *config, const char *name, const struct task *task,
                       struct err *err);

#endif
