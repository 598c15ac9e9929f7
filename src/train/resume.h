/* SPDX-License-Identifier: Apache-2.0 */
/* Going on from a checkpoint of the same run. */
#ifndef MPIBERT_TRAIN_RESUME_H
#define MPIBERT_TRAIN_RESUME_H

#include "src/train/session_state.h"

/* Local.  Fills weights, moments, cursors, step, tokens and ledger from a checkpoint,
 * and facts with what was read.  78, with nothing read, if it is of another
 * configuration or other data; 65 if it is not whole. */
int resume_state(struct session *session, const char *path, struct err *err);
/* Collective, between steps of a run.  Weights, moments, step and tokens of the run's
 * newest good checkpoint of `step` or before; later ones are set aside.  Its lanes stay
 * where they are: it goes on with other data. */
int resume_back(struct session *session, int64_t step, struct err *err);

#endif
