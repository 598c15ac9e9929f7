/* SPDX-License-Identifier: Apache-2.0 */
/* What a training says of itself at its end, over all of its ranks.  All collective
 * over the session's ranks; the one that `tells` prints. */
#ifndef MPIBERT_TRAIN_SUMMARY_H
#define MPIBERT_TRAIN_SUMMARY_H

#include <stdbool.h>

#include "src/train/session.h"
#include "src/train/step.h"

/* Time by phase of `wall` seconds: the least, mean and most over ranks; `own`: this
 * rank's. */
void summary_seconds(const struct session *session, const struct step_seconds *own,
                     double wall, bool tells);
/* The fullest rank's memory, and what that rank planned. */
void summary_memory(const struct session *session, bool tells);
/* What was read, kept and dropped; source_tokens (data.sources): since this start. */
void summary_data(const struct session *session, const uint64_t *source_tokens,
                  bool tells);

#endif
