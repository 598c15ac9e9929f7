/* SPDX-License-Identifier: Apache-2.0 */
/* Which ranks the others wait for.  A rank's speed is its operations by the seconds
 * that its own part of the steps took, so that one with more lanes is not slower.  One
 * that is much slower than most, for minutes, is named: its host is hot, or shared, or
 * broken. */
#ifndef MPIBERT_TRAIN_STRAGGLERS_H
#define MPIBERT_TRAIN_STRAGGLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "mpi/comm.h"
#include "src/train/step.h"

struct stragglers; /* opaque */

/* Collective.  Borrows comm. */
struct stragglers *stragglers_create(struct comm *comm);
/* Collective.  After each step: what it took on this rank. */
void stragglers_add(struct stragglers *stragglers, int64_t step,
                    const struct step_seconds *seconds);
/* Collective.  How long ranks waited for others in `wall` seconds: in the mean, and who
 * least and most.  Rank 0 prints it, if `shown`; a rank alone has nothing to say. */
void stragglers_print(struct stragglers *stragglers, double wall, bool shown);
/* Accepts NULL. */
void stragglers_destroy(struct stragglers *stragglers);

/* Local.  Which of the ranks are slow, by their speeds; one of speed 0 did nothing. */
void stragglers_find(const double *speeds, int count, bool *slow);

#endif
