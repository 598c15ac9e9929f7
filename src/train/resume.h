/* SPDX-License-Identifier: Apache-2.0 */
/* Going on from a checkpoint of the same run. */
#ifndef MPIBERT_TRAIN_RESUME_H
#define MPIBERT_TRAIN_RESUME_H

#include "src/train/session_state.h"

/* Local.  Fills weights, moments, cursors, step, tokens and ledger from a checkpoint,
 * and facts with what was read.  78, with nothing read, if it is of another
 * configuration or other data; 65 if it is not whole. */
int resume_state(struct session *session, const char *path, struct err *err);

#endif
