/* SPDX-License-Identifier: Apache-2.0 */
/* Which steps of a run are kept for ever: checkpoint.snapshots. */
#ifndef MPIBERT_CORE_SNAPSHOTS_H
#define MPIBERT_CORE_SNAPSHOTS_H

#include "src/core/config.h"
#include "src/core/series.h"

/* The steps: none where the option is not set.  It is a series of steps or percentages
 * of train.steps, or one of these names:
 *
 *   multiberts  step 0, 10 steps of 1 % and 18 of 5 %: the 28 of Sellam et al. (2022),
 *               20k..200k/20k and 300k..2M/100k of 2M steps, and the first weights
 *   log         0, 1, 2, 4, … (Biderman et al. 2023) and the last
 *
 * 78 as series_parse; owned (series_fini). */
int snapshots_steps(const struct config *config, struct series *steps, struct err *err);
int snapshots_check(const struct config *config, struct err *err);

#endif
