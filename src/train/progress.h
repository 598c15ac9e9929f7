/* SPDX-License-Identifier: Apache-2.0 */
/* What a run shows while it goes: lines that grep likes, or a bar on a real
 * terminal. */
#ifndef MPIBERT_TRAIN_PROGRESS_H
#define MPIBERT_TRAIN_PROGRESS_H

#include "io/metrics.h"
#include "src/base/err.h"
#include "src/core/config.h"
#include "src/train/evaluate.h"
#include "src/train/step.h"

struct progress; /* opaque */

/* Local: rank 0's affair.  `tokens` were seen before this start of the run; `shown`:
 * on standard output, where one run is shown at a time. */
struct progress *progress_create(const struct config *config, uint64_t tokens,
                                 bool shown);
/* One step is done: a row for metrics.jsonl, now and then a line on standard output. */
int progress_step(struct progress *progress, const struct step_report *report,
                  struct metrics *metrics, struct err *err);
void progress_evaluation(struct progress *progress, int64_t step,
                         const struct evaluation *e);
/* What a checkpoint is worth on tasks (scorecard.h). */
void progress_scorecard(struct progress *progress, const struct str *scorecard);
void progress_saved(struct progress *progress, const char *path, double seconds);
/* The run has gone back to a step; `tokens` were seen before it. */
void progress_back(struct progress *progress, uint64_t tokens);
/* Time that was not training (evaluation, checkpoint) does not count as speed. */
void progress_pause(struct progress *progress);
void progress_resume(struct progress *progress);
void progress_destroy(struct progress *progress);

#endif
