/* SPDX-License-Identifier: Apache-2.0 */
/* The environment: MPIBERT_TRAIN_STEPS is train.steps, MPIBERT_DATA_SOURCES is
 * data.sources as one source. */
#ifndef MPIBERT_CLI_ENVIRONMENT_H
#define MPIBERT_CLI_ENVIRONMENT_H

#include "src/base/err.h"
#include "src/base/str.h"
#include "src/core/config.h"

/* Local.  Sets what variables name.  One that begins as a section does and names no
 * option is refused (78); any other MPIBERT_… that the program does not know is warned
 * of. */
int environment_set(struct config *config, struct err *err);
/* Local.  Appends the variables that options or their sections have, as facts for
 * same.h. */
void environment_list(struct str *facts);

#endif
