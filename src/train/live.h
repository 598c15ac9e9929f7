/* SPDX-License-Identifier: Apache-2.0 */
/* A teacher that is asked as its student goes: a pass over each chunk, forward only. */
#ifndef MPIBERT_TRAIN_LIVE_H
#define MPIBERT_TRAIN_LIVE_H

#include "src/core/targets.h"
#include "src/model/bert.h"
#include "src/train/step_options.h"
#include "src/train/teacher.h"

struct live; /* opaque: a model, and room for what it says */

/* Bytes that live_create maps. */
size_t live_measure(const struct stepper_options *options);
/* Of options->teacher, for chunks as the run's own model takes them. */
struct live *live_create(const struct stepper_options *options);
/* How many sequences from `first` on go through it at once, of a batch. */
int64_t live_chunk(const struct live *live, const struct batch *text, int64_t first);
/* What it says of sequences first … first+count-1 of a batch as it was before it was
 * masked (batch_unmask); until it is asked again.  Each row's numbers are a function of
 * its sequence alone, to the bit.  Polls as `step` does. */
struct targets live_ask(struct live *live, const struct batch *text, int64_t first,
                        int64_t count, const struct model_step *step);
/* Useful operations of a batch, matrix products only. */
double live_flops(const struct live *live, const struct batch *batch);
/* Accepts NULL. */
void live_destroy(struct live *live);

#endif
