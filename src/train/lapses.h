/* SPDX-License-Identifier: Apache-2.0 */
/* Steps whose loss or gradient was not finite, and what a run does about them where
 * train.nonfinite does not say stop: it leaves them out, or goes back to before them.
 * Never for ever. */
#ifndef MPIBERT_TRAIN_LAPSES_H
#define MPIBERT_TRAIN_LAPSES_H

#include <stdint.h>

#include "src/base/err.h"
#include "src/train/session.h"
#include "src/train/step.h"

struct lapses {
    int64_t in_row, skipped, rolled_back; /* since this start */
};

enum lapse { LAPSE_NONE, LAPSE_SKIPPED, LAPSE_BACK };

/* Collective.  After each step, of which the session does not count yet: what became of
 * it.  LAPSE_BACK: the session stands at an earlier one.  -1 (70): there were too many;
 * or (66) there is no checkpoint to go back to. */
int lapses_take(struct lapses *lapses, struct session *session,
                const struct step_report *report, struct err *err);
/* Local, for rank 0: how many there were, if any. */
void lapses_print(const struct lapses *lapses);

#endif
