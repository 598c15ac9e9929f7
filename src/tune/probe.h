/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks that judge the checkpoints of a run while others train it (evaluation.tasks):
 * each is fine-tuned on a few tasks, and what it is worth goes to the run's log and to
 * its evaluations.jsonl. */
#ifndef MPIBERT_TUNE_PROBE_H
#define MPIBERT_TUNE_PROBE_H

#include "src/base/err.h"
#include "src/core/config.h"
#include "src/train/crew.h"

/* Collective over ranks that are lent, before training begins.  Reads all tasks as they
 * will be read for each checkpoint, and says what is cut: 64 a task that is none, 65
 * and 66 files, 78 options that do not go together. */
int probe_check(struct crew *crew, const struct config *config, struct err *err);
/* Collective over ranks that are lent.  Judges the newest checkpoint until training is
 * over and its last one was judged, or until it is wished to stop.  A checkpoint that
 * newer ones overtook is left out; one that cannot be judged is a warning.  The answers
 * lie in DIR/probes/step-000000400, as `finetune` writes them, without models, as long
 * as the checkpoint is there, and the last ones always. */
void probe_serve(struct crew *crew, const struct config *config);

#endif
