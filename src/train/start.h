/* SPDX-License-Identifier: Apache-2.0 */
/* The first weights of a run: random, or those of train.init_from. */
#ifndef MPIBERT_TRAIN_START_H
#define MPIBERT_TRAIN_START_H

#include "src/train/session_state.h"

/* Local.  Fills weights, and facts with what was read.  78 if what train.init_from
 * names has another vocabulary or another shape. */
int start_weights(struct session *session, struct err *err);

#endif
