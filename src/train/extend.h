/* SPDX-License-Identifier: Apache-2.0 */
/* What going on means for a run that has ended, or had when it was saved: a schedule of
 * the learning rate reached its end there; or for one that goes on as another. */
#ifndef MPIBERT_TRAIN_EXTEND_H
#define MPIBERT_TRAIN_EXTEND_H

#include <stdbool.h>

#include "src/train/session.h"

/* Whether there are no steps left to do. */
bool extend_is_complete(const struct session *session);
/* Local, for rank 0: a line or two on a run that is complete, that goes on with other
 * steps than it was saved with, that branched off or whose options changed, or whose
 * rate stays 0; nothing on others. */
void extend_print(const struct session *session);

#endif
